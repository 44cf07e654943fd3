/* png.c - RGB pixels to PNG bytes; the only file that knows libpng. */
#include "plot.h"

#include <png.h>
#include <stdlib.h>

static void take(png_structp png, png_bytep data, png_size_t n)
{
    ir_buf_add(png_get_io_ptr(png), data, n);
}

static void flush(png_structp png)
{
    (void)png;
}

static void on_error(png_structp png, png_const_charp text)
{
    ir_fail(png_get_error_ptr(png), "libpng: %s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* `colors` NULL: three bytes a pixel, else one, the number of its colour. */
static int encode(const uint8_t *pixels, unsigned w, unsigned h, const uint8_t *colors,
                  struct ir_buf *out, struct ir_err *err)
{
    struct ir_err mine = {{0}};
    png_color palette[256];
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &mine, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return ir_fail(err, "libpng cannot start");
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return ir_fail(err, "%s", mine.text);
    }
    png_set_write_fn(png, out, take, flush);
    png_set_IHDR(png, info, w, h, 8, colors ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    for (size_t i = 0; colors && i < 256; i++)
        palette[i] = (png_color){colors[3 * i], colors[3 * i + 1], colors[3 * i + 2]};
    if (colors)
        png_set_PLTE(png, info, palette, 256);
    png_write_info(png, info);
    for (unsigned y = 0; y < h; y++)
        png_write_row(png, pixels + (size_t)y * w * (colors ? 1 : 3));
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 0;
}

int ir_png_encode(const uint8_t *rgb, unsigned w, unsigned h, struct ir_buf *out,
                  struct ir_err *err)
{
    return encode(rgb, w, h, NULL, out, err);
}

int ir_png_palette(const uint8_t *index, unsigned w, unsigned h, const uint8_t colors[256 * 3],
                   struct ir_buf *out, struct ir_err *err)
{
    return encode(index, w, h, colors, out, err);
}
