/* layout_medleydb.c - one track in MedleyDB's layout: mix, stems, metadata, activation confidence.
 */
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int metadata(const struct ir_layout_clip *c, const char *track, struct ir_err *err)
{
    struct ir_buf b = {0}, file = {0};
    const struct ir_parts *p = &c->excerpt->parts;
    ir_buf_printf(&b,
                  "album: ''\nartist: Standin\ncomposer:\n- unknown\nexcerpt: 'yes'\n"
                  "genre: Pop\nhas_bleed: 'no'\ninstrumental: 'yes'\nmix_filename: %s_MIX.wav\n"
                  "origin: rendered by ir-render\nproducer:\n- ''\nraw_dir: %s_RAW\n"
                  "stem_dir: %s_STEMS\nstems:\n",
                  track, track, track);
    for (size_t k = 0; k < p->n; k++)
        ir_buf_printf(&b,
                      "  S%02zu:\n    component: ''\n    filename: %s_STEM_%02zu.wav\n"
                      "    instrument: %s\n    raw:\n      R01:\n"
                      "        filename: %s_RAW_%02zu_01.wav\n        instrument: %s\n",
                      k + 1, track, k + 1, p->at[k].name, track, k + 1, p->at[k].name);
    ir_buf_printf(&b, "title: %s\nversion: '1.2'\nwebsite:\n- ''\n", track);
    ir_buf_printf(&file, "Audio/%s/%s_METADATA.yaml", track, track);
    int rc = ir_layout_text(c->dir, file.data, &b, err);
    ir_buf_free(&b);
    ir_buf_free(&file);
    return rc;
}

static int activations(const struct ir_layout_clip *c, const char *track, struct ir_err *err)
{
    const struct ir_rendered *s = c->sound;
    struct ir_buf b = {0}, file = {0};
    float *mono = ir_alloc(s->stems * s->n + 1, sizeof *mono), *conf = NULL;
    const float **rows = ir_alloc(s->stems, sizeof *rows);
    for (size_t k = 0; k < s->stems; k++) {
        rows[k] = mono + k * s->n;
        for (size_t i = 0; i < s->n; i++)
            mono[k * s->n + i] = (s->stem[k * 2 * s->n + i] + s->stem[k * 2 * s->n + s->n + i]) / 2;
    }
    size_t frames = ir_activation(rows, s->stems, s->n, &conf);
    ir_buf_puts(&b, "time");
    for (size_t k = 0; k < s->stems; k++)
        ir_buf_printf(&b, ",S%02zu", k + 1);
    for (size_t t = 0; t < frames; t++) {
        ir_buf_printf(&b, "\n%.4f", (double)t * 2048 / s->rate_hz);
        for (size_t k = 0; k < s->stems; k++)
            ir_buf_printf(&b, ",%.4f", (double)conf[k * frames + t]);
    }
    ir_buf_puts(&b, "\n");
    ir_buf_printf(
        &file, "Annotations/Instrument_Activations/ACTIVATION_CONF/%s_ACTIVATION_CONF.lab", track);
    int rc = ir_layout_text(c->dir, file.data, &b, err);
    ir_buf_free(&b);
    ir_buf_free(&file);
    free(mono);
    free(rows);
    free(conf);
    return rc;
}

int ir_layout_medleydb(const struct ir_layout_clip *c, struct ir_err *err)
{
    char track[60], folder[200], name[200];
    snprintf(track, sizeof track, "Standin_%.40s", c->name);
    for (char *at = track; *at; at++) /* as in the real names: letters, digits and _ only */
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
              (*at >= '0' && *at <= '9')))
            *at = '_';
    snprintf(folder, sizeof folder, "Audio/%s", track);
    snprintf(name, sizeof name, "%s_MIX", track);
    int rc = ir_layout_wav(c, folder, name, c->sound->mix, 2, false, err);
    snprintf(folder, sizeof folder, "Audio/%s/%s_STEMS", track, track);
    for (size_t k = 0; k < c->sound->stems && c->stems && rc == 0; k++) {
        snprintf(name, sizeof name, "%s_STEM_%02zu", track, k + 1);
        rc = ir_layout_wav(c, folder, name, c->sound->stem + k * 2 * c->sound->n, 2, false, err);
    }
    if (rc == 0)
        rc = metadata(c, track, err);
    return rc == 0 ? activations(c, track, err) : rc;
}
