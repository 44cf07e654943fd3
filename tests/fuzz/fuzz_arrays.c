/* fuzz_arrays.c - arrays and tensors of other programs: npy, npz (zip, deflate), safetensors,
 * PyTorch (zip, pickle). */
#include "convert.h"
#include "convert/tensors.h"
#include "fuzz.h"

static int drop(void *arg, const struct ir_npz_member *member, struct ir_err *err)
{
    (void)arg, (void)member, (void)err;
    return 0;
}

static void tensors(const uint8_t *bytes, size_t n,
                    int (*list)(struct ir_tensors *, struct ir_err *),
                    int (*get)(const struct ir_tensors *, const struct ir_tensor *, struct ir_rec *,
                               struct ir_err *))
{
    struct ir_tensors t = {0};
    struct ir_err err;
    ir_buf_add(&t.file, bytes, n);
    if (list(&t, &err) == 0)
        for (size_t i = 0; i < t.n; i++) {
            struct ir_rec rec = {0};
            (void)get(&t, &t.at[i], &rec, &err);
            ir_rec_free(&rec);
        }
    for (size_t i = 0; i < t.n; i++) {
        free(t.at[i].name);
        free(t.at[i].type);
    }
    free(t.at);
    ir_meta_free(&t.meta);
    ir_zip_list_free(&t.zip);
    ir_buf_free(&t.file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ir_err err;
    struct ir_rec rec = {0};
    (void)ir_npy_read(bytes, n, &rec, &err);
    ir_rec_free(&rec);
    (void)ir_npz_read(bytes, n, NULL, drop, NULL, &err);
    tensors(bytes, n, ir_safetensors_list, ir_safetensors_get);
    tensors(bytes, n, ir_pt_list, ir_pt_get);
    return 0;
}
