/* dots.c - products of rows with rows whose bits do not depend on their neighbours. */
#include "kern.h"
#include "table.h"

void ir_dots(size_t rows, size_t outs, size_t n, const float *x, size_t x_row, const float *w,
             size_t w_row, const float *bias, float *y, size_t y_row)
{
    ir_kern_get(0)->dots(rows, outs, n, x, x_row, w, w_row, bias, y, y_row);
}
