/* run.c - which sound belongs to which predictions; one page, or many and their index. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

struct job {
    struct ir_run *run;
    const struct ir_page_opts *o;
    struct ir_songs songs;
    char **stream, **sound; /* operands; owned by the run */
    size_t streams, sounds;
    struct ir_buf rows; /* of the index */
    struct ir_name_set names;
    size_t pages;
};

static void sort_operands(struct job *j)
{
    char magic[4];
    j->stream = ir_alloc(j->run->n_files + 1, sizeof *j->stream);
    j->sound = ir_alloc(j->run->n_files + 1, sizeof *j->sound);
    for (size_t i = 0; i < j->run->n_files; i++) {
        char *file = j->run->files[i];
        bool is_stream = strcmp(file, "-") == 0 ||
                         (ir_peek(file, magic, 4) == 4 && memcmp(magic, "IRT", 3) == 0);
        if (is_stream)
            j->stream[j->streams++] = file;
        else
            j->sound[j->sounds++] = file;
    }
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool same_file(const char *a, const char *b)
{
    char *x = realpath(a, NULL), *y = realpath(b, NULL);
    bool same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

/* The sound of a song among those that were named: by path, by file, by a name that is alone. */
static const char *sound_of(const struct job *j, const struct ir_song *g)
{
    size_t found = 0, at = 0;
    if (j->sounds == 0)
        return g->path;
    if (j->sounds == 1 && j->songs.n == 1)
        return j->sound[0];
    for (size_t i = 0; i < j->sounds; i++)
        if (strcmp(j->sound[i], g->path) == 0 || same_file(j->sound[i], g->path))
            return j->sound[i];
    for (size_t i = 0; i < j->sounds; i++)
        if (strcmp(base_of(j->sound[i]), base_of(g->path)) == 0) {
            found++;
            at = i;
        }
    return found == 1 ? j->sound[at] : NULL;
}

/* Every sound has its predictions, and what is left over is said. */
static int check_sounds(struct job *j)
{
    size_t none = 0;
    for (size_t i = 0; i < j->sounds; i++) {
        bool used = false;
        for (size_t k = 0; k < j->songs.n && !used; k++) {
            const char *s = sound_of(j, &j->songs.at[k]);
            used = s && strcmp(s, j->sound[i]) == 0;
        }
        if (!used)
            return ir_fail(&j->run->err, "%s: no predictions of it in the streams that are given",
                           j->sound[i]);
    }
    for (size_t k = 0; k < j->songs.n; k++)
        none += !sound_of(j, &j->songs.at[k]);
    if (none > 0)
        ir_run_note(j->run, "%zu recordings of the predictions are not among the sounds: left out",
                    none);
    return 0;
}

static int write_text(const char *path, const struct ir_buf *b, struct ir_err *err)
{
    struct ir_out *o = ir_out_open(path, false, err);
    if (!o)
        return -1;
    if (ir_out_write(o, b->data, b->len, err) == 0)
        return ir_out_commit(o, err);
    ir_out_abort(o);
    return -1;
}

/* 1: a bad recording. */
static int one_page(struct job *j, const struct ir_song *g, const char *sound, const char *title,
                    const char *output, const char *index)
{
    struct ir_view view = {0};
    struct ir_buf text = {0};
    struct ir_err why;
    int rc = 0, bad = 0;
    if (!g->timed)
        bad = ir_fail(&why, "segments without 'length' found; a page needs ir-decode --segment");
    else
        bad = ir_view_make(sound, &view, &why);
    struct ir_page p = {&j->songs, g, &view, sound, title, output, index, j->o->embed};
    if (bad == 0)
        bad = ir_page_write(&p, &text, &why);
    if (bad == 0)
        rc = write_text(output, &text, &j->run->err);
    if (bad == 0 && rc == 0 && index)
        ir_index_row(&j->songs, g, title, output, j->run->output, view.seconds, &j->rows);
    ir_buf_free(&text);
    ir_view_free(&view);
    if (bad != 0) {
        ir_fail_in(&why, "%s", sound);
        return ir_run_bad(j->run, &why) < 0 ? -1 : 1;
    }
    return rc;
}

/* FOLDER/song.html: letters, digits, . and _ of the sound's name, no two alike. */
static char *page_path(struct job *j, const char *folder, const char *sound)
{
    const char *base = base_of(sound), *dot = strrchr(base, '.');
    size_t n = dot && dot != base ? (size_t)(dot - base) : strlen(base);
    for (int i = 1;; i++) {
        struct ir_buf b = {0};
        ir_buf_printf(&b, "%s/", folder);
        for (size_t k = 0; k < n && k < 100; k++) {
            bool plain = (base[k] >= '0' && base[k] <= '9') || (base[k] >= 'a' && base[k] <= 'z') ||
                         (base[k] >= 'A' && base[k] <= 'Z') || base[k] == '_' ||
                         (base[k] == '.' && k > 0);
            ir_buf_add(&b, plain ? &base[k] : "_", 1);
        }
        if (i > 1)
            ir_buf_printf(&b, "-%d", i);
        ir_buf_puts(&b, ".html");
        if (ir_name_set_add(&j->names, b.data))
            return b.data;
        ir_buf_free(&b);
    }
}

static int write_index(struct job *j)
{
    static const char *const word[] = {"title", "rows", "count"};
    struct ir_buf title = {0}, text = {0};
    char count[32];
    snprintf(count, sizeof count, "%zu", j->pages);
    ir_buf_html(&title, j->o->title ? j->o->title : "Recordings");
    const char *value[] = {title.data, j->rows.data ? j->rows.data : "", count};
    ir_template_fill("index.html", word, value, 3, &text);
    int rc = write_text(j->run->output, &text, &j->run->err);
    ir_buf_free(&title);
    ir_buf_free(&text);
    return rc;
}

static int many_pages(struct job *j)
{
    struct ir_run *run = j->run;
    size_t n = run->output ? strlen(run->output) : 0;
    int rc = 0;
    if (n < 6 || strcmp(run->output + n - 5, ".html") != 0)
        return ir_fail(&run->err,
                       "%zu recordings become an index and a folder of pages: wanted -o NAME.html",
                       j->songs.n) -
               1;
    char *folder = ir_strndup(run->output, n - 5);
    struct ir_buf probe = {0}, index = {0};
    ir_buf_printf(&probe, "%s/x", folder);
    rc = ir_make_folders(probe.data, &run->err);
    ir_page_address(run->output, probe.data, &index);
    for (size_t i = 0; i < j->songs.n && rc == 0; i++) {
        const struct ir_song *g = &j->songs.at[i];
        const char *sound = sound_of(j, g);
        if (!sound)
            continue;
        char *path = page_path(j, folder, sound);
        rc = one_page(j, g, sound, base_of(g->path), path, index.data);
        j->pages += rc == 0;
        rc = rc < 0 ? rc : 0;
        free(path);
    }
    if (rc == 0 && j->pages == 0)
        rc = ir_fail(&run->err, "no page could be made");
    if (rc == 0)
        rc = write_index(j);
    ir_buf_free(&probe);
    ir_buf_free(&index);
    free(folder);
    return rc;
}

static int make(struct job *j)
{
    struct ir_run *run = j->run;
    size_t wanted = 0, at = 0;
    if (check_sounds(j) != 0)
        return -1;
    for (size_t i = 0; i < j->songs.n; i++)
        if (sound_of(j, &j->songs.at[i])) {
            at = i;
            wanted++;
        }
    if (wanted != 1)
        return many_pages(j);
    const struct ir_song *g = &j->songs.at[at];
    const char *title = j->o->title ? j->o->title : base_of(g->path);
    int rc = one_page(j, g, sound_of(j, g), title, run->output, NULL);
    return rc > 0 ? ir_fail(&run->err, "no page could be made") : rc;
}

int ir_page_run(struct ir_run *run, const struct ir_page_opts *o)
{
    struct job j = {.run = run, .o = o};
    int rc = 0;
    sort_operands(&j);
    if (j.streams == 0)
        rc =
            ir_fail(&run->err, "no predictions among the operands: ir-infer SOUND -o song.pred.irt "
                               "makes them") -
            1;
    if (rc == 0)
        rc = ir_songs_read(j.stream, j.streams, &j.songs, &run->err);
    if (rc == 0) {
        rc = make(&j);
        ir_songs_free(&j.songs);
    }
    ir_name_set_free(&j.names);
    ir_buf_free(&j.rows);
    free(j.stream);
    free(j.sound);
    return rc;
}
