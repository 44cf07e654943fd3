/* shared.c - a shared library that is loaded when it is first needed. */
#include "base.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

void *ir_shared_symbol(const char *library, const char *name)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void *symbol = handle != NULL ? dlsym(handle, name) : NULL;
    if (symbol == NULL) {
        const char *why = dlerror();
        dprintf(2, "irtools: %s cannot be loaded: %s\n", library, why != NULL ? why : name);
        _exit(1);
    }
    return symbol;
}
