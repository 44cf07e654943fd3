/* operands.c - what an operand is, without eating what comes through a pipe. */
#include "predict.h"

#include <string.h>
#include <sys/stat.h>

enum ir_operand ir_operand_look(const char *path)
{
    char first[4] = "";
    struct stat st;
    bool in = strcmp(path, "-") == 0;
    if (!in && (stat(path, &st) != 0 || S_ISDIR(st.st_mode)))
        return IR_OPERAND_FILES;
    if (ir_peek(path, first, 4) == 4 && memcmp(first, "IRT", 3) == 0)
        return IR_OPERAND_STREAM;
    return in || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ? IR_OPERAND_PIPE : IR_OPERAND_FILES;
}

bool ir_operand_stdin_empty(void)
{
    struct stat in, null;
    char first;
    if (fstat(0, &in) != 0)
        return false;
    if (S_ISCHR(in.st_mode))
        return stat("/dev/null", &null) == 0 && in.st_rdev == null.st_rdev;
    return (S_ISREG(in.st_mode) || S_ISFIFO(in.st_mode)) && ir_peek("-", &first, 1) == 0;
}

enum ir_operands ir_operands_look(char *const *files, size_t n, bool list)
{
    char *in[] = {(char *)(uintptr_t) "-"};
    size_t streams = 0;
    if (n == 0 && list)
        return IR_OPERANDS_SOUNDS;
    if (n == 0) {
        files = in;
        n = 1;
    }
    for (size_t i = 0; i < n; i++)
        streams += ir_operand_look(files[i]) == IR_OPERAND_STREAM;
    return streams == 0   ? IR_OPERANDS_SOUNDS
           : streams == n ? IR_OPERANDS_STREAMS
                          : IR_OPERANDS_BOTH;
}
