/* private.h - what the files of lib/page share. */
#ifndef IR_PAGE_PRIVATE_H
#define IR_PAGE_PRIVATE_H

#include "convert.h"
#include "page.h"

/* A text file of this folder, put into the program by the build (lib/page/NAME.*). */
struct ir_template {
    const char *name; /* "page.html" */
    const unsigned char *text;
    size_t n;
};
/* Append the template with each {{word}} replaced: value[i] for word[i], as it is; {{NAME.EXT}}
 * stands for another template. */
void ir_template_fill(const char *name, const char *const *word, const char *const *value, size_t n,
                      struct ir_buf *out);

/* Append `path` as an address: relative to the folder of the file `from` (NULL: of the working
 * directory), bytes that are not plain letters as %XX. */
void ir_page_address(const char *path, const char *from, struct ir_buf *out);

/* What can be seen of a sound. */
struct ir_view {
    double seconds;    /* how long it is */
    double shown_s;    /* what the picture covers: from 0 to the end of its last column */
    struct ir_buf png; /* empty when there is no sound at all */
    double mark[8];    /* frequencies, and how high each stands in the picture, 0 … 1 */
    double height[8];
    size_t marks;
};
/* Decodes the whole file; memory does not grow with its length. */
int ir_view_make(const char *path, struct ir_view *v, struct ir_err *err);
void ir_view_free(struct ir_view *v);

/* One page about one song, appended to *out. sound: the path that was decoded. */
struct ir_page {
    const struct ir_songs *songs;
    const struct ir_song *song;
    const struct ir_view *view;
    const char *sound, *title, *output, *index; /* index: address of the list of all; NULL: none */
    bool embed;
};
int ir_page_write(const struct ir_page *p, struct ir_buf *out, struct ir_err *err);

/* One line of the index, the file `index`: a link to the file `page`, and what is heard there. */
void ir_index_row(const struct ir_songs *s, const struct ir_song *g, const char *title,
                  const char *page, const char *index, double seconds, struct ir_buf *rows);

#endif
