/* ir-render - scores and soundfonts to labelled multitrack sound. */
#include "render.h"

#include <stdlib.h>
#include <string.h>

static struct ir_strs fonts_first, fonts_after;
static struct ir_arrange arrange;
static const char *classes_text, *leads_text, *dir, *split, *prefix, *font_out;
static long long count, channels, min_notes;
static double rate_hz, note_s;
static struct ir_range peak_db;
static int layout, label_lead;
static struct ir_rendered_stream stream;
static struct ir_run run;

static const struct ir_opt opts[] = {
    IR_LIST(0, "font", &fonts_first, "FILE",
            "soundfont (SF2, SF3); given again: one is drawn for each part", .file = IR_FILE_READ),
    IR_LIST(0, "fallback", &fonts_after, "FILE",
            "soundfont for instruments that none of the --font files has", .file = IR_FILE_READ),
    IR_INT('n', "count", &count, "N", 0, 1000000, "how many to render; 0: one a score",
           .unit = "excerpts", .def = "0"),
    IR_RANGE(0, "excerpt", &arrange.excerpt_s, "LO..HI", 0, 3600,
             "length of an excerpt, drawn where notes are; 0: the whole score", .unit = "s",
             .def = "0"),
    IR_REAL('s', "segment", &stream.segment_s, "S", 0, 3600,
            "cut the excerpt into records of this length, each with its own labels; 0: not cut",
            .unit = "s", .def = "0"),
    IR_STR(0, "classes", &classes_text, "NAMES",
           "instruments, separated by commas: the classes of the stream and what parts are "
           "re-mapped to; default: all that occur in General MIDI"),
    IR_STR(0, "lead", &leads_text, "NAMES", "instruments that lead, one excerpt each in turn"),
    IR_REAL(0, "remap", &arrange.remap, "P", 0, 1,
            "probability that a part goes to another of --classes within that instrument's range",
            .def = "0"),
    IR_FLAG(0, "only", &arrange.only,
            "leave out parts that are not and cannot become one of --classes"),
    IR_RANGE(0, "parts", &arrange.parts, "LO..HI", 1, 64,
             "how many play: at least LO, at most a number drawn up to HI for each excerpt",
             .unit = "parts", .def = "1..8"),
    IR_INT(0, "min-notes", &min_notes, "N", 1, 1000, "a part with fewer in the excerpt is left out",
           .unit = "notes", .def = "2"),
    IR_RANGE(0, "gain", &arrange.gain_db, "LO..HI", -60, 20, "gain of each part", .unit = "dB",
             .def = "-9..0"),
    IR_RANGE(0, "pan", &arrange.pan, "LO..HI", -1, 1, "place of each part, -1 left to 1 right",
             .def = "-0.6..0.6"),
    IR_RANGE(0, "lead-gain", &arrange.lead_db, "LO..HI", -40, 60,
             "how much louder than each other part the lead is", .unit = "dB", .def = "6..12"),
    IR_RANGE(0, "peak", &peak_db, "LO..HI", -60, 0, "peak of the mix below full scale",
             .unit = "dB", .def = "-9..-1"),
    IR_REAL(0, "active", &stream.share, "P", 0, 1,
            "share of a segment in which an instrument must be heard to be labelled",
            .def = "0.25"),
    IR_CHOICE(0, "label", &label_lead, "WHAT", "all|lead",
              "label every instrument that is heard, or the lead alone", .def = "all"),
    IR_REAL('r', "rate", &rate_hz, "HZ", 8000, 96000, "sample rate", .unit = "Hz", .def = "44100"),
    IR_INT(0, "channels", &channels, "N", 1, 2, "channels of the mix", .def = "2"),
    IR_FLAG(0, "stems", &stream.stems, "also write each stem, as record S01, S02 … of the clip"),
    IR_CHOICE(0, "layout", &layout, "NAME",
              "stream|wav|medleydb|irmas-train|irmas-test|medley-solos-db|audioset",
              "write a stream, or files below --dir as that data set has them", .def = "stream"),
    IR_STR('d', "dir", &dir, "DIR", "folder for --layout"),
    IR_STR(0, "split", &split, "NAME", "split of the clips, and name of the layout's table",
           .def = "train"),
    IR_STR(0, "prefix", &prefix, "TEXT",
           "start of every id and file name: letters, digits, _ and -", .def = "r"),
    IR_STR(0, "build-font", &font_out, "FILE",
           "instead of rendering: make a soundfont out of a stream of single recorded notes",
           .file = IR_FILE_WRITTEN),
    IR_REAL(0, "note-length", &note_s, "S", 0.05, 30, "build-font: at most this much of each note",
            .unit = "s", .def = "5"),
};

static const struct ir_renamed renamed[] = {{"f", "--font"},    {"F", "--fallback"},
                                            {"e", "--excerpt"}, {"c", "--classes"},
                                            {"l", "--lead"},    {NULL, NULL}};

static const struct ir_tool tool = {
    .name = "ir-render",
    .operands = "[SCORE.mid…]",
    .summary = "render scores with soundfonts as labelled multitrack sound",
    .examples = "ir-render --font FluidR3_GM.sf2 song.mid | ir-decode -o song.wav\n"
                "ir-render --font a.sf2 --font b.sf2 --excerpt 3 -n 500 --lead violin,flute,piano "
                "--label lead *.mid -o "
                "solos.irt\n"
                "ir-render --font a.sf2 --excerpt 60 --layout medleydb -d standin *.mid    mix, "
                "stems, annotations\n"
                "ir-label folder NOTES | ir-decode | ir-render --build-font notes.sf2\n",
    .opts = opts,
    .groups = "what is played: font fallback count excerpt segment classes lead remap only parts "
              "min-notes\n"
              "how it sounds: gain pan lead-gain peak rate channels\n"
              "labels and files: active label stems layout dir split prefix\n"
              "a soundfont of recordings: build-font note-length\n",
    .n_opts = sizeof opts / sizeof *opts,
    .renamed = renamed,
};

/* "a,b c,d" → strings. */
static int names(const char *text, struct ir_strs *out)
{
    char *copy = ir_strdup(text), *save = NULL;
    int rc = 0;
    for (char *w = strtok_r(copy, ",", &save); w && rc == 0; w = strtok_r(NULL, ",", &save)) {
        if (ir_gm_find(w) < 0)
            rc = ir_fail(&run.err,
                         "'%s' is no instrument of General MIDI; wanted one of piano, violin, "
                         "drum set … as MedleyDB names them",
                         w);
        else if (ir_strs_find(out, w) < 0)
            ir_strs_add(out, w);
    }
    free(copy);
    return rc;
}

static int setup_names(struct ir_strs *classes)
{
    arrange.min_notes = (size_t)min_notes;
    if ((classes_text && names(classes_text, &arrange.classes) != 0) ||
        (leads_text && names(leads_text, &arrange.leads) != 0))
        return -1;
    for (size_t i = 0; i < arrange.classes.n; i++)
        ir_strs_add(classes, arrange.classes.at[i]);
    for (int p = 0; !classes_text && p <= IR_DRUMS; p++)
        if (ir_strs_find(classes, ir_gm_name(p)) < 0)
            ir_strs_add(classes, ir_gm_name(p));
    for (size_t i = 0; i < arrange.leads.n; i++)
        if (ir_strs_find(classes, arrange.leads.at[i]) < 0)
            ir_strs_add(classes, arrange.leads.at[i]);
    for (const char *p = prefix; *p; p++)
        if (!strchr("_-", *p) &&
            !((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
            return ir_fail(&run.err, "--prefix '%s': letters, digits, _ and - wanted", prefix);
    if (layout != IR_LAYOUT_STREAM && !dir)
        return ir_fail(&run.err, "--layout wants --dir too");
    if (label_lead && !leads_text)
        return ir_fail(&run.err, "--label lead wants --lead too");
    return 0;
}

static int open_fonts(struct ir_fonts *f)
{
    f->at = ir_zalloc(fonts_first.n + fonts_after.n + 1, sizeof *f->at);
    f->n_first = fonts_first.n;
    if (f->n_first == 0)
        return ir_fail(&run.err, "no --font given");
    for (; f->n < fonts_first.n + fonts_after.n; f->n++) {
        const char *path =
            f->n < f->n_first ? fonts_first.at[f->n] : fonts_after.at[f->n - f->n_first];
        f->at[f->n] = ir_synth_open(path, rate_hz, &run.err);
        if (!f->at[f->n])
            return -1;
    }
    return 0;
}

/* Draw, play and write excerpt v. A draw that turns out silent is drawn again. */
static int render_one(struct ir_book *b, const struct ir_fonts *fonts,
                      const struct ir_strs *classes, size_t v, struct ir_buf *table)
{
    char name[96];
    struct ir_rng rng;
    snprintf(name, sizeof name, "%.60s%06zu", prefix, v);
    ir_rng_seed(&rng, ir_clip_seed((uint64_t)run.seed, 0, name));
    for (int try = 0; try < 20; try++) {
        struct ir_excerpt e;
        struct ir_rendered s;
        struct ir_err why = {{0}};
        if (ir_excerpt_draw(&arrange, b->score, b->n, fonts, &rng, v, &e, &why) != 0)
            return ir_run_bad(&run, &why);
        int rc = ir_excerpt_play(&e, fonts, arrange.lead_db, peak_db, rate_hz, &rng, &s, &run.err);
        if (rc == 0) {
            float *y = ir_zalloc(classes->n, sizeof *y);
            ir_rendered_labels(&s, &e, 0, s.n, stream.share, classes, y);
            struct ir_layout_clip c = {dir,
                                       split,
                                       name,
                                       &e,
                                       &s,
                                       classes,
                                       y,
                                       b->name[e.score_index],
                                       v,
                                       b->takes[e.score_index]++,
                                       stream.stems,
                                       (size_t)channels};
            rc = layout != IR_LAYOUT_STREAM
                     ? ir_layout_put((enum ir_layout)layout, &c, table, &run.err)
                     : ir_rendered_put(&stream, &c, &run.err);
            free(y);
            ir_rendered_free(&s);
        }
        ir_excerpt_free(&e);
        if (rc <= 0)
            return rc;
    }
    struct ir_err why;
    ir_fail(&why, "excerpt %zu: only silence was drawn", v);
    return ir_run_bad(&run, &why);
}

static int open_stream(const struct ir_strs *classes)
{
    struct ir_meta head = {0};
    struct ir_buf text = {0};
    ir_names_format(classes, &text);
    ir_meta_set(&head, "domain", "audio");
    ir_meta_set(&head, "classes", text.data);
    ir_meta_set(&head, "labels", "closed");
    if (!run.no_prog)
        ir_meta_add_prog(&head, run.prog);
    stream.to = ir_writer_open(run.output, &head, run.compress, &run.err);
    ir_meta_free(&head);
    ir_buf_free(&text);
    stream.label_lead = label_lead != 0;
    stream.channels = (size_t)channels;
    return stream.to ? 0 : -1;
}

static void close_fonts(struct ir_fonts *fonts)
{
    for (size_t i = 0; i < fonts->n; i++)
        ir_synth_close(fonts->at[i]);
    free(fonts->at);
    *fonts = (struct ir_fonts){0};
}

static int render_all(struct ir_book *b, struct ir_fonts *fonts, const struct ir_strs *classes)
{
    struct ir_buf table = {0};
    struct ir_progress bar;
    size_t n = count ? (size_t)count : b->n;
    int rc = layout == IR_LAYOUT_STREAM ? open_stream(classes) : 0;
    ir_progress_start(&bar, &run, "rendering", "excerpts", (double)n);
    for (size_t v = 0; v < n && rc == 0; v++) {
        rc = render_one(b, fonts, classes, v, &table);
        ir_progress_step(&bar, (double)(v + 1), NULL);
    }
    ir_progress_end(&bar);
    close_fonts(fonts); /* should that crash, nothing was written */
    if (stream.to && rc == 0)
        rc = ir_writer_close(stream.to, run.bad, &run.err);
    else
        ir_writer_abort(stream.to);
    if (!stream.to && rc == 0)
        rc = ir_layout_finish((enum ir_layout)layout, dir, split, &table, &run.err);
    ir_buf_free(&table);
    return rc;
}

static int render(void)
{
    struct ir_strs classes = {0};
    struct ir_fonts fonts = {0};
    struct ir_book book = {0};
    int rc = setup_names(&classes);
    if (rc != 0)
        rc = -2;
    else if ((rc = open_fonts(&fonts)) == 0 && (rc = ir_book_read(&book, &run)) == 0)
        rc = render_all(&book, &fonts, &classes);
    ir_book_free(&book);
    close_fonts(&fonts);
    ir_strs_free(&classes);
    return rc;
}

int main(int argc, char **argv)
{
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    int rc = font_out ? ir_font_build(&run, font_out, note_s) : render();
    ir_strs_free(&fonts_first);
    ir_strs_free(&fonts_after);
    ir_strs_free(&arrange.classes);
    ir_strs_free(&arrange.leads);
    return ir_run_finish(&run, rc);
}
