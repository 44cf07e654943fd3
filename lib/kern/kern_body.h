/* kern_body.h - all kernels of one level and their table. Included once by each kern_LEVEL.c. */
#include "simd.h"
#include "table.h"
#include "kern_direct.h"
#include "kern_gemm.h"
#include "kern_wino.h"
#include "kern_post.h"
#include "kern_fft.h"
#include "kern_long.h"
#include "kern_maps.h"

const struct ir_kern IR_KERN = {
    .name = IR_SIMD == 2   ? "avx512"
            : IR_SIMD == 1 ? "avx2"
                           : IR_PLAIN_NAME,
    .lanes = VL,
    .direct_group = direct_group,
    .direct = direct,
    .direct_wgrad = direct_wgrad,
    .sum = sum,
    .take = take,
    .deal = deal,
    .fft = fft,
    .real_split = real_split,
    .real_join = real_join,
    .long_cols_in = long_cols_in,
    .long_cols_out = long_cols_out,
    .long_rows = long_rows,
    .long_row_product = long_row_product,
    .long_row_add = long_row_add,
    .long_pool = long_pool,
    .post_stats = post_stats,
    .post_forward = post_forward,
    .post_sums = post_sums,
    .post_backward = post_backward,
    .panel = PANEL * VL,
    .gemm = gemm,
    .dots = dots,
    .conj_rows = CONJ_ROWS,
    .gemm_conj = gemm_conj,
    .wino_load = wino_load,
    .wino_store = wino_store,
    .wino_in = wino_in,
    .wino_grad = wino_grad,
    .wino_out = wino_out,
    .wino_weights = wino_weights,
    .wino_weights_grad = wino_weights_grad,
    .map_conv = map_conv,
    .map_depth = map_depth,
    .map_pool = map_pool,
    .map_point = map_point,
    .map_both = map_both,
    .map_global = map_global,
    .map_in = map_in,
    .map_out = map_out,
    .map_wino_in = map_wino_in,
    .map_wino_out = map_wino_out,
    .map_wino_weights5 = map_wino_weights5,
};
