/* duplicates.c - takes that are in two splits under two names. */
#include "../label.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dict.h"
#include "walk.h"

#define BLOCK ((size_t)1 << 16)

/* Lower case, letters and digits of the file name only; "(1)", "[2]" and "copy" taken away. Short
 * names say nothing: the empty string is returned for less than four characters. Owned. */
static char *plain_name(const char *path)
{
    char *stem = ir_path_stem(ir_path_base(path)), *to = stem;
    for (const char *s = stem; *s;) {
        size_t digits = (*s == '(' || *s == '[') ? strspn(s + 1, "0123456789") : 0;
        if (digits && (s[digits + 1] == ')' || s[digits + 1] == ']'))
            s += digits + 2;
        else if (!strncasecmp(s, "copy of ", 8))
            s += 8;
        else if (!strncasecmp(s, " copy", 5) || !strncasecmp(s, "-copy", 5) ||
                 !strncasecmp(s, "_copy", 5))
            s += 5;
        else {
            unsigned char c = (unsigned char)*s++;
            if (c >= 0x80 || isalnum(c))
                *to++ = (char)(c < 0x80 ? tolower(c) : c);
        }
    }
    *to = '\0';
    if (to - stem < 4)
        *stem = '\0';
    return stem;
}

static bool file_sum(const char *path, uint32_t *sum)
{
    static unsigned char block[BLOCK];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n;
    *sum = 0;
    if (fd < 0)
        return false;
    while ((n = read(fd, block, sizeof block)) > 0)
        *sum = ir_crc32(*sum, block, (size_t)n);
    close(fd);
    return n == 0;
}

/* Clips with one key form a chain through `next`. */
struct chains {
    struct ir_dict head; /* key → newest clip */
    size_t *next;        /* SIZE_MAX: end */
};

static void chain(struct chains *c, const char *key, size_t clip)
{
    bool fresh;
    size_t *at = ir_dict_put(&c->head, key, clip, &fresh);
    c->next[clip] = fresh ? SIZE_MAX : *at;
    *at = clip;
}

static bool apart(const struct ir_item *a, const struct ir_item *b)
{
    bool cuts = a->start_s > 0 || a->length_s > 0;
    if (!a->split || !b->split || !strcmp(a->split, b->split))
        return false;
    return !(cuts && a->group && b->group && !strcmp(a->group, b->group));
}

static void report(const struct ir_list *list, const struct chains *c, const char *why,
                   struct ir_buf *out, size_t *n)
{
    for (size_t k = 0; k < c->head.n; k++) {
        size_t first = c->head.val[k];
        for (size_t i = c->next[first]; i != SIZE_MAX; i = c->next[i]) {
            const struct ir_item *a = &list->item[first], *b = &list->item[i];
            if (!apart(a, b))
                continue;
            ir_buf_printf(out, "%s\t%s\t", why, b->split);
            ir_buf_shown(out, b->path);
            ir_buf_printf(out, "\t%s\t", a->split);
            ir_buf_shown(out, a->path);
            ir_buf_puts(out, "\n");
            ++*n;
        }
    }
}

static void by_name(const struct ir_list *list, struct chains *c)
{
    for (size_t i = 0; i < list->n; i++) {
        char *name = plain_name(list->item[i].path);
        c->next[i] = SIZE_MAX;
        if (*name)
            chain(c, name, i);
        free(name);
    }
}

/* Same size first: only files of a size that occurs twice are read. */
static void by_bytes(const struct ir_list *list, struct chains *c)
{
    struct ir_dict sizes = {0}, sums = {0};
    char key[64];
    off_t *size = ir_zalloc(list->n + 1, sizeof *size);
    for (size_t i = 0; i < list->n; i++) {
        struct stat st;
        c->next[i] = SIZE_MAX;
        size[i] = stat(list->item[i].path, &st) || !S_ISREG(st.st_mode) ? 0 : st.st_size;
        snprintf(key, sizeof key, "%lld", (long long)size[i]);
        if (size[i] && !ir_dict_get(&sums, list->item[i].path)) {
            ir_dict_put(&sums, list->item[i].path, 0, NULL);
            ++*ir_dict_put(&sizes, key, 0, NULL);
        }
    }
    for (size_t i = 0; i < list->n; i++) {
        uint32_t sum;
        snprintf(key, sizeof key, "%lld", (long long)size[i]);
        if (!size[i] || *ir_dict_get(&sizes, key) < 2 || !file_sum(list->item[i].path, &sum))
            continue;
        snprintf(key, sizeof key, "%lld %08x", (long long)size[i], (unsigned)sum);
        chain(c, key, i);
    }
    ir_dict_free(&sizes);
    ir_dict_free(&sums);
    free(size);
}

void ir_list_duplicates(const struct ir_list *list, struct ir_buf *out, size_t *n)
{
    struct chains bytes = {.next = ir_alloc(list->n + 1, sizeof(size_t))};
    struct chains names = {.next = ir_alloc(list->n + 1, sizeof(size_t))};
    *n = 0;
    by_bytes(list, &bytes);
    by_name(list, &names);
    report(list, &bytes, "bytes", out, n);
    report(list, &names, "name", out, n);
    ir_dict_free(&bytes.head);
    ir_dict_free(&names.head);
    free(bytes.next);
    free(names.next);
}
