/* address.c - how a page says where a file is. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

/* The folder of a file without links, with a slash behind it; NULL when it is not there. */
static char *folder_of(const char *file)
{
    struct ir_buf b = {0};
    const char *slash = file ? strrchr(file, '/') : NULL;
    if (slash)
        ir_buf_add(&b, file, (size_t)(slash - file) + 1);
    else
        ir_buf_puts(&b, "./");
    char *real = realpath(b.data, NULL);
    b.len = 0;
    if (real)
        ir_buf_printf(&b, "%s%s", real, strcmp(real, "/") == 0 ? "" : "/");
    free(real);
    if (b.len > 0)
        return b.data;
    ir_buf_free(&b);
    return NULL;
}

static void put_escaped(const char *s, struct ir_buf *out)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *s; s++) {
        if (strchr(plain, *s))
            ir_buf_add(out, s, 1);
        else
            ir_buf_printf(out, "%%%02X", (unsigned char)*s);
    }
}

void ir_page_address(const char *path, const char *from, struct ir_buf *out)
{
    char *there = folder_of(path), *here = folder_of(from);
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    if (there && here) {
        size_t same = 0;
        for (size_t i = 0; there[i] && there[i] == here[i]; i++)
            if (there[i] == '/')
                same = i + 1;
        if (!strchr(here + same, '/')) /* never the name of a scheme, whatever the file is called */
            ir_buf_puts(out, "./");
        for (const char *at = here + same; (at = strchr(at, '/')) != NULL; at++)
            ir_buf_puts(out, "../");
        put_escaped(there + same, out);
        put_escaped(base, out);
    } else {
        ir_buf_puts(out, *path == '/' ? "" : "./");
        put_escaped(path, out);
    }
    free(there);
    free(here);
}
