/* fuzz_net.c - the text of a network. */
#include "fuzz.h"
#include "net.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ir_err err;
    struct ir_strs classes = {0};
    ir_strs_add(&classes, "flute");
    ir_strs_add(&classes, "violin");
    struct ir_net *net = ir_net_parse((const char *)bytes, n, "fuzz.net", &classes, &err);
    if (net != NULL)
        ir_net_free(net);
    ir_strs_free(&classes);
    return 0;
}
