/* out.h - private to lib/base: where an output goes, and the temporary file it is written to. */
#ifndef IR_BASE_OUT_H
#define IR_BASE_OUT_H

#include "base.h"

/* What the path of an output means. */
struct ir_place {
    int fd;     /* one of our own descriptors (/dev/stdout, /dev/fd/3), or -1 */
    bool exact; /* a device, pipe or socket: written directly, there is nothing to rename */
    char *path; /* otherwise the file itself, links followed; freed by the caller */
};
int ir_place_find(struct ir_place *p, const char *path, struct ir_err *err);

/* A new file of ours in the folder of `path`: nameless where the file system can do that, else with
 * a name that nobody had. While it is open no other program of this machine opens one for `path`.
 */
struct ir_out_file {
    int fd, lock;
    char *path, *name; /* final name; own name, NULL while it has none */
    int slot;          /* of the name in ending.c, or -1 */
    bool replaces;     /* a file of that name exists; then its mode */
    unsigned mode;
    bool no_sync; /* need not be on the disk */
};
int ir_out_file_open(struct ir_out_file *t, const char *path, struct ir_err *err);
/* Give it its final name, on the disk. Both ends free t's memory. */
int ir_out_file_keep(struct ir_out_file *t, struct ir_err *err);
void ir_out_file_drop(struct ir_out_file *t);

/* A name to remove when the program ends before its time; -1: none free. */
int ir_ending_add(const char *path);
void ir_ending_forget(int slot);

#endif
