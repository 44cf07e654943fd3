/* label.h - lists of clips: reading and writing, data sets, splits. Normative text: formats/list.md. */
#ifndef IR_LABEL_H
#define IR_LABEL_H

#include "irt.h"

/* One clip to decode. Strings are owned; NULL means absent (only id and path are always there). */
struct ir_item {
    char *id;      /* unique in the list */
    char *path;    /* of the sound file, any bytes but NUL */
    char *labels;  /* label list in stream syntax, "flute:1 violin:0.25" */
    char *group;   /* recording, player or album: never in two splits */
    char *split;   /* "train", "valid", "test", or a fold's name */
    double start_s, length_s; /* cut of the file; length_s 0: to its end */
    struct ir_meta extra;     /* further columns, copied into the record's metadata */
};

/* A list: head carries classes, labels=closed|open and prog.N exactly as a stream header does. */
struct ir_list {
    struct ir_meta head;
    struct ir_item *item;
    size_t n, cap;
};

/* Read a list ("-": stdin). Errors name file and line. The whole list is checked: unknown classes,
 * duplicate ids, a group in two splits, a missing #end line. */
int ir_list_read(const char *path, struct ir_list *list, struct ir_err *err);
int ir_list_write(const char *path, const struct ir_list *list, struct ir_err *err); /* NULL: stdout */
/* A new item at the end: id and path are copied. The pointer is valid until the next add. */
struct ir_item *ir_list_add(struct ir_list *list, const char *id, const char *path);
void ir_list_free(struct ir_list *list);
void ir_item_free(struct ir_item *it);
/* Replace a string member of an item by a copy of value (NULL: absent). */
void ir_item_set(char **member, const char *value);
/* What ir_list_read and ir_list_write check: ids there and unique, paths there, labels within the classes of
 * the head, no group in two splits. */
int ir_list_check(const struct ir_list *list, struct ir_err *err);

#endif
