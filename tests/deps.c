/* deps.c - a small program a library, for deps.sh: it compiles, links and ends with 0 where the library is of use.
 * -DNEED_X for each X that is asked, or -DNEED_ALL. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#if defined NEED_libmpg123_dev || defined NEED_ALL
#include <mpg123.h>
#endif
#if defined NEED_libflac_dev || defined NEED_ALL
#include <FLAC/stream_decoder.h>
#endif
#if defined NEED_libvorbis_dev || defined NEED_ALL
#include <vorbis/vorbisfile.h>
#endif
#if defined NEED_libfftw3_dev || defined NEED_ALL
#include <fftw3.h>
#endif
#if defined NEED_libopenblas_dev || defined NEED_ALL
#include <cblas.h>
#endif
#if defined NEED_zlib1g_dev || defined NEED_ALL
#include <zlib.h>
#endif
#if defined NEED_libyaml_dev || defined NEED_ALL
#include <yaml.h>
#endif
#if defined NEED_libjansson_dev || defined NEED_ALL
#include <jansson.h>
#endif
#if defined NEED_libpng_dev || defined NEED_ALL
#include <png.h>
#endif
#if defined NEED_libseccomp_dev || defined NEED_ALL
#include <seccomp.h>
#endif
#if defined NEED_libopenmpi_dev
#include <mpi.h>
#endif
#if defined NEED_libcmocka_dev
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>
#endif

int main(void)
{
    int bad = 0;
#if defined NEED_libmpg123_dev || defined NEED_ALL
    bad += mpg123_init() != MPG123_OK || !mpg123_new(NULL, NULL);
#endif
#if defined NEED_libflac_dev || defined NEED_ALL
    bad += !FLAC__stream_decoder_new();
#endif
#if defined NEED_libvorbis_dev || defined NEED_ALL
    OggVorbis_File nothing = {0};
    bad += ov_clear(&nothing) != 0;
#endif
#if defined NEED_libfftw3_dev || defined NEED_ALL
    /* both precisions: FFTW builds one library for each */
    float *single = fftwf_malloc(64);
    double *twice = fftw_malloc(64);
    bad += !single || !twice;
#endif
#if defined NEED_libopenblas_dev || defined NEED_ALL
    /* the names that only OpenBLAS's <cblas.h> has, then a product */
    blasint n = 2;
    float a[4] = {1, 2, 3, 4}, b[4] = {1, 0, 0, 1}, c[4] = {0};
    openblas_set_num_threads(1);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0f, a, n, b, n, 0.0f, c, n);
    bad += c[3] < 4.0f;
#endif
#if defined NEED_zlib1g_dev || defined NEED_ALL
    bad += crc32(0, (const Bytef *)"a", 1) != 0xe8b7be43;
#endif
#if defined NEED_libyaml_dev || defined NEED_ALL
    yaml_parser_t parser;
    bad += !yaml_parser_initialize(&parser);
#endif
#if defined NEED_libjansson_dev || defined NEED_ALL
    bad += !json_object();
#endif
#if defined NEED_libpng_dev || defined NEED_ALL
    bad += !png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
#endif
#if defined NEED_libseccomp_dev || defined NEED_ALL
    bad += !seccomp_init(SCMP_ACT_ALLOW);
#endif
#if defined NEED_libopenmpi_dev
    bad += MPI_Init(NULL, NULL) != MPI_SUCCESS || MPI_Finalize() != MPI_SUCCESS;
#endif
#if defined NEED_libcmocka_dev
    const struct CMUnitTest tests[] = {{0}};
    bad += sizeof tests == 0 || !cmocka_set_message_output;
#endif
    return bad != 0;
}
