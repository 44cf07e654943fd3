/* render.c - soundfonts and synthesis; the only file that knows libfluidsynth. */
#include "render.h"

#include <fluidsynth.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, BANK_DRUMS = 128 };

struct ir_synth {
    fluid_settings_t *settings;
    fluid_synth_t *synth;
    fluid_sfont_t *font;
    double rate_hz;
};

/* libfluidsynth's own messages would come on stderr without a name: what matters is in our errors.
 */
static void silent(int level, const char *message, void *data)
{
    (void)level;
    (void)message;
    (void)data;
}

/* libfluidsynth does not look whether it got memory. */
static void enter(void)
{
    ir_crash_says("ir-render: libfluidsynth crashed: out of memory, or a damaged soundfont\n");
}

static void leave(void)
{
    ir_crash_says(NULL);
}

struct ir_synth *ir_synth_open(const char *font, double rate_hz, struct ir_err *err)
{
    for (int level = FLUID_PANIC; level < LAST_LOG_LEVEL; level++)
        fluid_set_log_function(level, silent, NULL);
    struct ir_synth *s = ir_zalloc(1, sizeof *s);
    s->rate_hz = rate_hz;
    enter();
    s->settings = new_fluid_settings();
    if (s->settings) {
        fluid_settings_setnum(s->settings, "synth.sample-rate", rate_hz);
        fluid_settings_setnum(s->settings, "synth.gain", 0.3);
        fluid_settings_setint(s->settings, "synth.polyphony", 512);
        fluid_settings_setint(s->settings, "synth.reverb.active", 0);
        fluid_settings_setint(s->settings, "synth.chorus.active", 0);
        fluid_settings_setint(s->settings, "synth.cpu-cores", 1);
        fluid_settings_setint(s->settings, "synth.lock-memory", 0);
        fluid_settings_setint(s->settings, "synth.dynamic-sample-loading", 1);
        s->synth = new_fluid_synth(s->settings);
    }
    int id = s->synth && fluid_is_soundfont(font) ? fluid_synth_sfload(s->synth, font, 1) : -1;
    s->font = id >= 0 ? fluid_synth_get_sfont_by_id(s->synth, id) : NULL;
    leave();
    if (!s->font) {
        ir_fail(err, "%s: no soundfont (SF2 or SF3) that libfluidsynth can load", font);
        ir_synth_close(s);
        return NULL;
    }
    return s;
}

bool ir_synth_has(struct ir_synth *s, int program)
{
    return program == IR_DRUMS ? fluid_sfont_get_preset(s->font, BANK_DRUMS, 0) != NULL
                               : fluid_sfont_get_preset(s->font, 0, program) != NULL;
}

static void send(fluid_synth_t *synth, const struct ir_part *p, int channel,
                 const struct ir_midi_event *e)
{
    int key = e->a + p->transpose;
    switch (e->status) {
    case 0x90:
        if (e->b > 0 && key >= 0 && key <= 127) {
            fluid_synth_noteon(synth, channel, key, e->b);
            break;
        }
        /* fall through */
    case 0x80:
        if (key >= 0 && key <= 127)
            fluid_synth_noteoff(synth, channel, key);
        break;
    case 0xb0:
        /* balance, pan, bank and the effects' sends are drawn or switched off here */
        if (e->a != 0 && e->a != 8 && e->a != 10 && e->a != 32 && e->a != 91 && e->a != 93)
            fluid_synth_cc(synth, channel, e->a, e->b);
        break;
    case 0xd0:
        fluid_synth_channel_pressure(synth, channel, e->a);
        break;
    case 0xe0:
        fluid_synth_pitch_bend(synth, channel, e->b << 7 | e->a);
        break;
    default:
        break;
    }
}

/* A fresh synthesiser around the loaded soundfont for each part: a used one keeps traces in its
 * voices, and a part must not sound differently for what was played before it. NULL on failure. */
static fluid_synth_t *start(struct ir_synth *s, const struct ir_part *p, int channel)
{
    fluid_synth_t *synth = new_fluid_synth(s->settings);
    if (synth && fluid_synth_add_sfont(synth, s->font) < 0) {
        delete_fluid_synth(synth);
        return NULL;
    }
    bool drums = p->as == IR_DRUMS;
    if (synth)
        fluid_synth_program_select(synth, channel, fluid_sfont_get_id(s->font),
                                   drums ? BANK_DRUMS : 0, drums ? 0 : p->as);
    return synth;
}

static void end(struct ir_synth *s, fluid_synth_t *synth)
{
    fluid_synth_system_reset(synth);
    fluid_synth_remove_sfont(synth, s->font);
    delete_fluid_synth(synth);
}

/* Constant-power pan of the mean of both channels keeps a stem's own stereo image out of the draw.
 */
static void place(float *left, float *right, size_t n, double gain, double pan)
{
    double a = gain * sqrt(2) * cos((pan + 1) * M_PI / 4);
    double b = gain * sqrt(2) * sin((pan + 1) * M_PI / 4);
    for (size_t i = 0; i < n; i++) {
        left[i] = (float)((double)left[i] * a);
        right[i] = (float)((double)right[i] * b);
    }
}

static int play(struct ir_synth *s, const struct ir_score *score, const struct ir_part *p,
                double start_s, float *out, size_t n, struct ir_err *err)
{
    int channel = p->as == IR_DRUMS ? 9 : 0, program = p->channel == 9 ? IR_DRUMS : 0;
    size_t next = 0;
    float left[BLOCK], right[BLOCK];
    fluid_synth_t *synth = start(s, p, channel);
    if (!synth)
        return ir_fail(err, "libfluidsynth cannot start a synthesiser");
    for (size_t at = 0; at < n; at += BLOCK) {
        double now = start_s + (double)at / s->rate_hz;
        for (; next < score->n && score->event[next].time_s <= now; next++) {
            const struct ir_midi_event *e = &score->event[next];
            if (e->channel != p->channel)
                continue;
            if (e->status == 0xc0 && e->channel != 9)
                program = e->a;
            bool note_on = e->status == 0x90 && e->b > 0;
            if (note_on && (program != p->program || e->time_s < start_s))
                continue; /* notes of another part, and notes begun before the excerpt */
            send(synth, p, channel, e);
        }
        if (fluid_synth_write_float(synth, BLOCK, left, 0, 1, right, 0, 1) != FLUID_OK) {
            end(s, synth);
            return ir_fail(err, "libfluidsynth failed at %.3f s", now);
        }
        size_t take = n - at < BLOCK ? n - at : BLOCK;
        memcpy(out + at, left, take * sizeof *out);
        memcpy(out + n + at, right, take * sizeof *out);
    }
    end(s, synth);
    place(out, out + n, n, p->gain, p->pan);
    return 0;
}

int ir_synth_play(struct ir_synth *s, const struct ir_score *score, const struct ir_part *p,
                  double start_s, float *out, size_t n, struct ir_err *err)
{
    enter();
    int rc = play(s, score, p, start_s, out, n, err);
    leave();
    return rc;
}

void ir_synth_close(struct ir_synth *s)
{
    if (!s)
        return;
    enter();
    delete_fluid_synth(s->synth);
    delete_fluid_settings(s->settings);
    leave();
    free(s);
}
