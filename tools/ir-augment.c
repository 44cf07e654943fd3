/* ir-augment.c - random changes of the clips of a stream, the same for the same seed, epoch and id.
 */
#include "augment.h"

#include <stdlib.h>
#include <string.h>

struct tool_state {
    struct ir_run run;
    struct ir_strs add;
    const char *split;
    long long epoch, epochs, generate, jobs;
    bool list;
    struct ir_augmenter *chain;
    size_t n;
    bool feature;
};

static struct tool_state self;

static const struct ir_opt opts[] = {
    {.letter = 'a',
     .name = "add",
     .type = IR_OPT_LIST,
     .dest = &self.add,
     .arg = "'NAME KEY=LO..HI p=P'",
     .help =
         "an augmentation with its ranges and its probability p; give several, they are applied in "
         "the order given"},
    {.name = "list",
     .type = IR_OPT_FLAG,
     .dest = &self.list,
     .help = "print every augmentation with its keys, and end"},
    {.name = "split",
     .type = IR_OPT_STR,
     .dest = &self.split,
     .arg = "NAME",
     .help = "change only clips of this split; others pass as they are, once"},
    {.name = "epoch",
     .type = IR_OPT_INT,
     .dest = &self.epoch,
     .arg = "N",
     .min = 1,
     .max = 1e9,
     .def = "1",
     .help = "number of the (first) epoch"},
};

static const struct ir_tool tool = {
    .name = "ir-augment",
    .operands = "[FILE…]",
    .summary = "change the clips of a stream at random, for training",
    .examples = "ir-augment -a 'noise snr=10..30 p=0.5' -a 'gain db=-6..6' a.audio.irt | ir-mel > "
                "a.mel.irt\n"
                "ir-augment --list\n",
    .opts = opts,
    .n_opts = sizeof opts / sizeof *opts,
};

static int print_list(struct ir_err *err)
{
    struct ir_buf b = {0};
    struct ir_out *o = ir_out_open(self.run.output, false, err);
    ir_augment_list(&b);
    int rc = o ? ir_out_write(o, b.data, b.len, err) : -1;
    ir_buf_free(&b);
    if (rc == 0)
        return ir_out_commit(o, err);
    ir_out_abort(o);
    return -1;
}

static int make_chain(struct ir_err *err)
{
    self.chain = ir_zalloc(self.add.n + 1, sizeof *self.chain);
    for (; self.n < self.add.n; self.n++)
        if (ir_augmenter_parse(self.add.at[self.n], &self.chain[self.n], err))
            return -1;
    return 0;
}

static int head(void *arg, const struct ir_meta *in, struct ir_meta *out, struct ir_err *err)
{
    (void)arg;
    (void)out;
    const char *domain = ir_meta_get(in, "domain");
    self.feature = domain && !strcmp(domain, "feature");
    if (!self.feature && (!domain || strcmp(domain, "audio")))
        return ir_fail(err, "found a stream of domain %s, wanted audio or feature",
                       domain ? domain : "none");
    for (size_t i = 0; i < self.n; i++)
        if (!(self.chain[i].kind->domain & (self.feature ? IR_AUGMENT_FEATURE : IR_AUGMENT_AUDIO)))
            return ir_fail(err, "%s works on %s, found a stream of domain %s",
                           self.chain[i].kind->name, self.feature ? "audio" : "feature", domain);
    return 0;
}

/* 1: the record is bad. */
static int load(const struct ir_rec *r, struct ir_sound *s, struct ir_meta *meta,
                struct ir_err *err)
{
    struct ir_buf tmp = {0};
    char shape[80];
    const int wanted = self.feature ? 3 : 2;
    *s = (struct ir_sound){.feature = self.feature, .channels = 1, .rows = 1, .meta = meta};
    if (r->rank < 1 || r->rank > wanted)
        return ir_fail(err, "shape %s, wanted %s", ir_shape_text(shape, r->rank, r->shape),
                       self.feature ? "channels x bands x frames" : "channels x samples"),
               1;
    s->frames = r->shape[r->rank - 1];
    s->rows = self.feature && r->rank > 1 ? r->shape[r->rank - 2] : 1;
    s->channels = r->rank == wanted ? r->shape[0] : 1;
    if (ir_meta_real(&r->meta, "rate", 1e-3, 1e12, &s->rate_hz, err) && !self.feature)
        return ir_fail(err, "the record has no usable rate"), 1;
    const float *v = ir_rec_f32(r, !self.feature, &tmp);
    s->v = ir_alloc(ir_sound_count(s) + 1, sizeof *s->v);
    memcpy(s->v, v, ir_sound_count(s) * sizeof *s->v);
    ir_buf_free(&tmp);
    ir_meta_copy(meta, &r->meta);
    return 0;
}

static int put(const struct ir_rec *r, const struct ir_sound *s, struct ir_writer *w,
               struct ir_err *err)
{
    struct ir_rec out = *r;
    const size_t bytes = ir_sound_count(s) * sizeof *s->v;
    if (bytes > IR_DATA_MAX)
        return ir_fail(err, "clip %s: the result is larger than a record may be", ir_rec_id(r));
    out.dtype = 'f';
    out.shape[r->rank - 1] = (uint32_t)s->frames;
    out.data = s->v;
    out.bytes = bytes;
    out.meta = *s->meta;
    return ir_writer_put(w, &out, err);
}

static int one(void *arg, struct ir_clip *clip, struct ir_writer *w, struct ir_err *err)
{
    (void)arg;
    for (size_t i = 0; i < clip->n; i++) {
        const struct ir_rec *r = &clip->rec[i];
        const char *split = ir_meta_get(&r->meta, "split");
        if (self.split && (!split || strcmp(split, self.split))) {
            if (ir_writer_put(w, r, err))
                return -1;
            continue;
        }
        struct ir_sound s;
        struct ir_meta meta = {0};
        int rc = load(r, &s, &meta, err);
        if (!rc) {
            const uint64_t seed =
                ir_clip_seed((uint64_t)self.run.seed, (uint64_t)self.epoch, ir_rec_id(r));
            rc = ir_augment_run(self.chain, self.n, seed, &s, err) ? 1 : 0;
        }
        if (rc)
            ir_fail_in(err, "clip %u, %s", r->seq + 1, ir_rec_id(r));
        ir_meta_setf(&meta, "epoch", "%lld", self.epoch);
        rc = rc ? rc : put(r, &s, w, err);
        ir_meta_free(&meta);
        free(s.v);
        if (rc)
            return rc;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct ir_run *run = &self.run;
    const int status = ir_run_start(run, &tool, argc, argv);
    if (status >= 0)
        return status;
    if (self.list)
        return ir_run_finish(run, print_list(&run->err));
    int rc = make_chain(&run->err) ? -2 : 0;
    const struct ir_filter filter = {.head = head, .one = one};
    if (!rc)
        rc = ir_filter_run(run, &filter);
    for (size_t i = 0; i < self.n; i++)
        ir_augmenter_free(&self.chain[i]);
    free(self.chain);
    ir_strs_free(&self.add);
    return ir_run_finish(run, rc);
}
