/* layout.c - rendered excerpts in the folders and tables of the real data sets. */
#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ir_irmas_code(const char *name)
{
    static const char *const code[][2] = {{"cello", "cel"},
                                          {"clarinet", "cla"},
                                          {"flute", "flu"},
                                          {"acoustic guitar", "gac"},
                                          {"organ", "org"},
                                          {"piano", "pia"},
                                          {"saxophone", "sax"},
                                          {"trumpet", "tru"},
                                          {"violin", "vio"},
                                          {"voice", "voi"},
                                          {"clean electric guitar", "gel"},
                                          {"distorted electric guitar", "gel"}};
    for (size_t i = 0; i < sizeof code / sizeof *code; i++)
        if (strcmp(code[i][0], name) == 0)
            return code[i][1];
    return NULL;
}

int ir_layout_wav(const struct ir_layout_clip *c, const char *folder, const char *name,
                  const float *x, size_t channels, bool as_float, struct ir_err *err)
{
    struct ir_buf path = {0};
    const struct ir_rendered *s = c->sound;
    float *mono = NULL;
    if (channels == 1) {
        mono = ir_alloc(s->n + 1, sizeof *mono);
        for (size_t i = 0; i < s->n; i++)
            mono[i] = (x[i] + x[s->n + i]) / 2;
    }
    ir_buf_printf(&path, "%s/%s", c->dir, folder);
    int rc = ir_make_folder(path.data, err);
    ir_buf_printf(&path, "/%s.wav", name);
    if (rc == 0)
        rc = ir_wav_write(path.data, mono ? mono : x, channels, s->n, s->rate_hz, as_float, err);
    ir_buf_free(&path);
    free(mono);
    return rc;
}

int ir_layout_text(const char *dir, const char *file, const struct ir_buf *text, struct ir_err *err)
{
    struct ir_buf path = {0};
    ir_buf_printf(&path, "%s/%s", dir, file);
    char *slash = strrchr(path.data, '/');
    *slash = 0;
    int rc = ir_make_folder(path.data, err);
    *slash = '/';
    struct ir_out *o = rc == 0 ? ir_out_open(path.data, false, err) : NULL;
    rc = o ? ir_out_write(o, text->data, text->len, err) : -1;
    if (rc == 0)
        rc = ir_out_commit(o, err);
    else
        ir_out_abort(o);
    ir_buf_free(&path);
    return rc;
}

static int put_wav(const struct ir_layout_clip *c, struct ir_buf *table, struct ir_err *err)
{
    const char *lead = c->excerpt->lead >= 0 ? c->excerpt->parts.at[c->excerpt->lead].name : NULL;
    ir_buf_printf(table, "%s.wav,", c->name);
    bool first = true;
    for (size_t k = 0; k < c->classes->n; k++)
        if (lead ? strcmp(lead, c->classes->at[k]) == 0 : c->y[k] > 0) {
            ir_buf_printf(table, "%s%s", first ? "" : ";", c->classes->at[k]);
            first = false;
        }
    ir_buf_printf(table, ",%s,%s\n", c->group, c->split);
    return ir_layout_wav(c, ".", c->name, c->sound->mix, c->channels, false, err);
}

static int put_irmas_train(const struct ir_layout_clip *c, struct ir_err *err)
{
    static const char *const genre[] = {"pop_roc", "jaz_blu", "cla", "cou_fol", "lat_sou"};
    const struct ir_parts *p = &c->excerpt->parts;
    const char *code = c->excerpt->lead >= 0 ? ir_irmas_code(p->at[c->excerpt->lead].name) : NULL;
    char folder[64], name[128];
    bool drums = false;
    if (!code)
        return ir_fail(err, "IRMAS's training layout wants a lead among its eleven instruments");
    for (size_t i = 0; i < p->n; i++)
        drums = drums || p->at[i].as == IR_DRUMS;
    snprintf(folder, sizeof folder, "IRMAS-TrainingData/%s", code);
    snprintf(name, sizeof name, "[%s][%s][%s]%04zu__%zu", code, drums ? "dru" : "nod",
             genre[c->excerpt->score_index % 5], c->excerpt->score_index + 1, c->take + 1);
    return ir_layout_wav(c, folder, name, c->sound->mix, 2, false, err);
}

static int put_irmas_test(const struct ir_layout_clip *c, struct ir_err *err)
{
    static const char folder[] = "IRMAS-TestingData-Part1/Part1";
    struct ir_buf text = {0}, file = {0}, name = {0};
    char seen[64] = "";
    for (size_t k = 0; k < c->classes->n; k++) {
        const char *code = c->y[k] > 0 ? ir_irmas_code(c->classes->at[k]) : NULL;
        if (code && !strstr(seen, code)) {
            ir_buf_printf(&text, "%s\t\n", code);
            snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", code);
        }
    }
    if (!text.len) /* nothing that IRMAS has a word for: not a test clip */
        return 0;
    ir_buf_printf(&name, "%s-%zu", c->group, c->take + 1);
    ir_buf_printf(&file, "%s/%s.txt", folder, name.data);
    int rc = ir_layout_wav(c, folder, name.data, c->sound->mix, 2, false, err);
    if (rc == 0)
        rc = ir_layout_text(c->dir, file.data, &text, err);
    ir_buf_free(&name);
    ir_buf_free(&text);
    ir_buf_free(&file);
    return rc;
}

static int put_medley_solos(const struct ir_layout_clip *c, struct ir_buf *table,
                            struct ir_err *err)
{
    static const char *const ours[] = {
        "clarinet", "distorted electric guitar", "voice", "flute", "piano", "saxophone", "trumpet",
        "violin"};
    static const char *const theirs[] = {
        "clarinet", "distorted electric guitar", "female singer", "flute",
        "piano",    "tenor saxophone",           "trumpet",       "violin"};
    char uuid[40], name[160];
    size_t k = 0;
    const char *lead = c->excerpt->lead >= 0 ? c->excerpt->parts.at[c->excerpt->lead].name : "";
    while (k < 8 && strcmp(ours[k], lead) != 0)
        k++;
    if (k == 8)
        return ir_fail(err,
                       "Medley-solos-DB's layout wants a lead among its eight instruments, "
                       "found '%s'",
                       lead);
    uint64_t a = ir_hash(c->name, strlen(c->name), 1), b = ir_hash(c->name, strlen(c->name), 2);
    snprintf(uuid, sizeof uuid, "%08llx-%04llx-4%03llx-8%03llx-%012llx",
             (unsigned long long)(a >> 32), (unsigned long long)(a >> 16 & 0xffff),
             (unsigned long long)(a & 0xfff), (unsigned long long)(b >> 52),
             (unsigned long long)(b & 0xffffffffffffULL));
    snprintf(name, sizeof name, "Medley-solos-DB_%s-%zu_%s", c->split, k, uuid);
    unsigned song = (unsigned)(ir_hash(c->group, strlen(c->group), 4) % 1000000);
    ir_buf_printf(table, "%s,%s,%zu,%u,%s\n", c->split, theirs[k], k, song, uuid);
    return ir_layout_wav(c, "audio", name, c->sound->mix, 1, true, err);
}

static int put_audioset(const struct ir_layout_clip *c, struct ir_buf *table, struct ir_err *err)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const char *const mid[][2] = {{"piano", "/m/05r5c"},
                                         {"electric piano", "/m/01s0ps"},
                                         {"drum set", "/m/02hnl"},
                                         {"flute", "/m/0l14j_"},
                                         {"violin", "/m/07y_7"},
                                         {"cello", "/m/01xqw"},
                                         {"trumpet", "/m/07gql"},
                                         {"trombone", "/m/07c6l"},
                                         {"saxophone", "/m/06ncr"},
                                         {"clarinet", "/m/01wy6"},
                                         {"organ", "/m/013y1f"},
                                         {"acoustic guitar", "/m/042v_gx"},
                                         {"harp", "/m/03m5k"},
                                         {"double bass", "/m/02fsn"},
                                         {"synthesizer", "/m/0l14qv"},
                                         {"harmonica", "/m/03qjg"},
                                         {"accordion", "/m/0mkg"},
                                         {"french horn", "/m/0319l"},
                                         {"electric bass", "/m/018vs"},
                                         {"clean electric guitar", "/m/02sgy"},
                                         {"distorted electric guitar", "/m/02sgy"}};
    char ytid[12] = "ST";
    uint64_t h = ir_hash(c->name, strlen(c->name), 3);
    for (int i = 2; i < 11; i++, h >>= 6)
        ytid[i] = digit[h & 63];
    ir_buf_printf(table, "%s, 0.000, %.3f, \"/m/04rlf", ytid, c->excerpt->length_s);
    char seen[512] = "";
    for (size_t k = 0; k < c->classes->n; k++)
        for (size_t m = 0; c->y[k] > 0 && m < sizeof mid / sizeof *mid; m++)
            if (strcmp(mid[m][0], c->classes->at[k]) == 0 && !strstr(seen, mid[m][1])) {
                ir_buf_printf(table, ",%s", mid[m][1]);
                snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s ", mid[m][1]);
            }
    ir_buf_puts(table, "\"\n");
    return ir_layout_wav(c, "audio", ytid, c->sound->mix, c->channels, false, err);
}

int ir_layout_put(enum ir_layout layout, const struct ir_layout_clip *c, struct ir_buf *table,
                  struct ir_err *err)
{
    switch (layout) {
    case IR_LAYOUT_WAV:
        return put_wav(c, table, err);
    case IR_LAYOUT_MEDLEYDB:
        return ir_layout_medleydb(c, err);
    case IR_LAYOUT_IRMAS_TRAIN:
        return put_irmas_train(c, err);
    case IR_LAYOUT_IRMAS_TEST:
        return put_irmas_test(c, err);
    case IR_LAYOUT_MEDLEY_SOLOS_DB:
        return put_medley_solos(c, table, err);
    case IR_LAYOUT_AUDIOSET:
        return put_audioset(c, table, err);
    case IR_LAYOUT_STREAM:
        break;
    }
    return 0;
}

int ir_layout_finish(enum ir_layout layout, const char *dir, const char *split,
                     const struct ir_buf *table, struct ir_err *err)
{
    struct ir_buf text = {0};
    char file[256];
    int rc = 0;
    snprintf(file, sizeof file, "%s%.200s.csv",
             layout == IR_LAYOUT_MEDLEY_SOLOS_DB ? "annotation/" : "", split);
    if (layout == IR_LAYOUT_WAV)
        ir_buf_puts(&text, "path,labels,group,split\n");
    else if (layout == IR_LAYOUT_MEDLEY_SOLOS_DB)
        ir_buf_puts(&text, "subset,instrument,instrument_id,song_id,uuid4\n");
    else if (layout == IR_LAYOUT_AUDIOSET)
        ir_buf_puts(&text,
                    "# Segments csv of rendered clips, a stand-in for AudioSet's\n"
                    "# made by ir-render\n# YTID, start_seconds, end_seconds, positive_labels\n");
    if (text.len) {
        ir_buf_add(&text, table->data, table->len);
        rc = ir_layout_text(dir, file, &text, err);
    }
    ir_buf_free(&text);
    return rc;
}
