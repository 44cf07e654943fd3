/* find.c - models by name: beside the program in the build tree, then where they are installed. */
#include "predict.h"

#include <errno.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDING ".model.irt"

/* Relative to the folder of the program: build/bin and PREFIX/bin. */
static const char *const places[] = {"/../../pipelines/models", "/../share/irtools/models"};

/* The folder of this program; the caller frees. NULL when the system does not say. */
static char *own_folder(void)
{
    char *self = ir_own_path(), *slash = self != NULL ? strrchr(self, '/') : NULL;
    if (slash != NULL)
        *slash = '\0';
    else
        free(self);
    return slash != NULL ? self : NULL;
}

void ir_model_places(struct ir_strs *out)
{
    char *own = own_folder();
    for (size_t i = 0; own != NULL && i < sizeof places / sizeof *places; i++) {
        struct ir_buf b = {0};
        ir_buf_printf(&b, "%s%s", own, places[i]);
        char *real = realpath(b.data, NULL);
        if (real != NULL && ir_strs_find(out, real) < 0)
            ir_strs_add(out, real);
        free(real);
        ir_buf_free(&b);
    }
    free(own);
}

static int is_model(const struct dirent *e)
{
    const size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > strlen(ENDING) &&
           strcmp(e->d_name + n - strlen(ENDING), ENDING) == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The models of these folders: paths, sorted within each. */
static void list_models(const struct ir_strs *dirs, struct ir_strs *out)
{
    for (size_t i = 0; i < dirs->n; i++) {
        struct dirent **found = NULL;
        const int n = scandir(dirs->at[i], &found, is_model, by_bytes);
        for (int k = 0; k < n; k++) {
            struct ir_buf path = {0};
            ir_buf_printf(&path, "%s/%s", dirs->at[i], found[k]->d_name);
            ir_strs_add(out, path.data);
            ir_buf_free(&path);
            free(found[k]);
        }
        if (n >= 0)
            free(found);
    }
}

static char *name_of(const char *path)
{
    const char *base = strrchr(path, '/') + 1;
    return ir_strndup(base, strlen(base) - strlen(ENDING));
}

/* No such model: which one was meant, or where they were looked for. */
static void refuse(const char *name, const struct ir_strs *dirs, struct ir_err *err)
{
    struct ir_strs paths = {0}, names = {0};
    struct ir_buf b = {0};
    list_models(dirs, &paths);
    for (size_t i = 0; i < paths.n; i++) {
        char *one = name_of(paths.at[i]);
        ir_strs_add(&names, one);
        free(one);
    }
    int near = ir_strs_near(&names, name);
    for (size_t i = 0; i < dirs->n; i++)
        ir_buf_printf(&b, "%s%s", i ? " or " : "", dirs->at[i]);
    if (near >= 0)
        ir_fail(err, "no model %s: did you mean %s? (--models lists them)", name, names.at[near]);
    else
        ir_fail(err, "no model %s: no such file, and no %s" ENDING " in %s (--models lists them)",
                name, name, dirs->n > 0 ? b.data : "the folders of this installation");
    ir_buf_free(&b);
    ir_strs_free(&paths);
    ir_strs_free(&names);
}

char *ir_model_find(const char *name, struct ir_err *err)
{
    struct ir_strs dirs = {0};
    struct ir_buf b = {0};
    if (strcmp(name, "-") == 0 || strchr(name, '/') != NULL || access(name, F_OK) == 0)
        return ir_strdup(name);
    ir_model_places(&dirs);
    for (size_t i = 0; i < dirs.n; i++) {
        b.len = 0;
        ir_buf_printf(&b, "%s/%s" ENDING, dirs.at[i], name);
        if (access(b.data, F_OK) == 0) {
            ir_strs_free(&dirs);
            return b.data;
        }
    }
    refuse(name, &dirs, err);
    ir_buf_free(&b);
    ir_strs_free(&dirs);
    return NULL;
}

static void show_key(const struct ir_meta *head, const char *key, struct ir_buf *out)
{
    const char *v = ir_meta_get(head, key);
    ir_buf_printf(out, "  %-9s", key);
    ir_buf_shown(out, v != NULL ? v : "not said");
    ir_buf_puts(out, "\n");
}

static int show_model(const char *path, struct ir_buf *out, struct ir_err *err)
{
    char *copy = ir_strdup(path), *name = name_of(path);
    struct ir_strs classes = {0};
    struct ir_reader *r = ir_reader_open(&copy, 1, err);
    free(copy);
    if (r == NULL) {
        free(name);
        return -1;
    }
    const struct ir_meta *head = ir_reader_header(r);
    const char *names = ir_meta_get(head, "classes");
    int rc = names != NULL ? ir_names_parse(names, &classes, err) : 0;
    ir_buf_printf(out, "%s%s\n", out->len > 0 ? "\n" : "", name);
    free(name);
    ir_buf_puts(out, "  file     ");
    ir_buf_shown(out, path);
    ir_buf_printf(out, "\n  classes  %zu: ", classes.n);
    for (size_t i = 0; i < classes.n; i++) {
        ir_buf_puts(out, i ? ", " : "");
        ir_buf_shown(out, classes.at[i]);
    }
    ir_buf_puts(out, "\n");
    show_key(head, "licence", out);
    show_key(head, "source", out);
    ir_strs_free(&classes);
    ir_reader_close(r);
    return rc;
}

int ir_models_show(struct ir_buf *out, struct ir_err *err)
{
    struct ir_strs dirs = {0}, paths = {0};
    int rc = 0;
    ir_model_places(&dirs);
    list_models(&dirs, &paths);
    for (size_t i = 0; i < paths.n && rc == 0; i++)
        rc = show_model(paths.at[i], out, err);
    if (rc == 0 && out->len == 0)
        rc = ir_fail(err, "no model is installed beside this program");
    ir_strs_free(&dirs);
    ir_strs_free(&paths);
    return rc;
}
