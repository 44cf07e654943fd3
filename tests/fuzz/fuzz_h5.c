/* fuzz_h5.c - HDF5 as Keras writes it, through libhdf5. */
#include "convert/tensors.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ir_tensors t = {0};
    struct ir_err err;
    ir_buf_add(&t.file, bytes, n);
    if (ir_h5_list(&t, &err) == 0)
        for (size_t i = 0; i < t.n; i++) {
            struct ir_rec rec = {0};
            (void)ir_h5_get(&t, &t.at[i], &rec, &err);
            ir_rec_free(&rec);
        }
    for (size_t i = 0; i < t.n; i++) {
        free(t.at[i].name);
        free(t.at[i].type);
    }
    free(t.at);
    ir_buf_free(&t.file);
    return 0;
}
