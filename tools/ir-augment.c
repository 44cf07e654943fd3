/* ir-augment.c - random changes of the clips of a stream, the same for the same seed, epoch and id.
 */
#include "augment.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

/* One record on its way: read, changed by some thread, written in order. */
struct task {
    struct ir_rec rec;
    struct ir_augment_clip sound;
    struct ir_meta meta;
    long long epoch;
    bool change, owned;
    int rc;
    struct ir_err err;
};

struct self {
    struct ir_run run;
    struct ir_strs add;
    const char *split;
    long long epoch, epochs, generate, jobs;
    bool list;
    struct ir_augmenter *chain;
    bool mixes;
    struct ir_augment_stream in;
    struct ir_flow *flow;
    struct ir_writer *writer;
    const struct ir_index *index; /* NULL: one pass over a pipe */
};

static struct self self;

static const struct ir_opt opts[] = {
    IR_LIST('a', "add", &self.add, "TEXT",
            "an augmentation, \"NAME KEY=LO..HI KEY=WORD p=P\", with its ranges and its "
            "probability p (default 1); give several, they are applied in the order given",
            .known = ir_augment_names),
    IR_FLAG(0, "list", &self.list, "print every augmentation with its keys, and end"),
    IR_STR(0, "split", &self.split, "NAME",
           "change only clips of this split; others pass once, as they are"),
    IR_INT(0, "epochs", &self.epochs, "N", 1, 1e6,
           "write the clips N times, changed differently each time; key epoch tells which",
           .def = "1"),
    IR_INT(0, "epoch", &self.epoch, "N", 1, 1e9, "number of the first epoch", .def = "1"),
    IR_INT(0, "generate", &self.generate, "N", 0, 1e9,
           "instead of the clips themselves, N new ones an epoch, each started from a clip drawn "
           "at random (of that split, if one is given)",
           .def = "0"),
    IR_JOBS(&self.jobs),
};

static const struct ir_tool tool = {
    .name = "ir-augment",
    .operands = "[FILE…]",
    .summary = "change the clips of a stream at random, for training",
    .examples =
        "ir-augment -a 'noise snr=10..30 p=0.5' -a 'gain db=-6..6' a.audio.irt | ir-mel > "
        "a.mel.irt\n"
        "ir-augment --generate 10000 -a 'mix k=1..3 delay=0..1000' -a 'gain factor=0.8..1.2' "
        "-a 'limit peak=0.9' -a 'silence p=0.02' solo.audio.irt > mixed.audio.irt\n"
        "ir-augment --epochs 10 --split train -a 'mask freq=0..8 time=0..15' a.mel.irt > "
        "ten.mel.irt\n"
        "ir-augment --list\n",
    .opts = opts,
    .groups = "what to do: add list generate\n"
              "to which clips, how often: split epochs epoch\n"
              "how it is computed: jobs\n",
    .n_opts = sizeof opts / sizeof *opts,
};

static int print_list(struct ir_run *run)
{
    struct ir_buf b = {0};
    ir_augment_list(&b);
    int rc = ir_run_print(run, b.data);
    ir_buf_free(&b);
    return rc;
}

/* What the header says, and the writer. */
static int start(const struct ir_meta *in, struct ir_err *err)
{
    if (ir_augment_stream(in, self.chain, self.add.n, &self.in, err) < 0)
        return -1;
    if (self.in.feature && self.generate)
        return ir_fail(err, "--generate works on audio, found a stream of features");
    struct ir_meta header = {0};
    ir_meta_copy(&header, in);
    if (!self.run.no_prog)
        ir_meta_add_prog(&header, self.run.prog);
    self.writer = ir_writer_open(self.run.output, &header, self.run.compress, err);
    ir_meta_free(&header);
    return self.writer ? 0 : -1;
}

static void work(void *arg, void *item, unsigned thread)
{
    (void)arg;
    (void)thread;
    struct task *t = item;
    if (!t->change)
        return;
    t->rc = ir_augment_record(self.chain, self.add.n, &self.in, &t->rec, (uint64_t)self.run.seed,
                              (uint64_t)t->epoch, &t->meta, &t->sound, &t->err);
    if (t->rc)
        ir_fail_in(&t->err, "clip %u, %s", t->rec.seq + 1, ir_rec_id(&t->rec));
}

static int put(struct task *t, struct ir_err *err)
{
    struct ir_rec out = t->rec;
    if (t->rc)
        return ir_run_bad(&self.run, &t->err);
    out.meta = t->meta;
    if (t->change && ir_augment_back(&t->sound, &out, err) < 0)
        return -1;
    return ir_writer_put(self.writer, &out, err);
}

static void drop(void *arg, void *item)
{
    (void)arg;
    struct task *t = item;
    free(t->sound.v);
    ir_meta_free(&t->meta);
    if (t->owned)
        ir_rec_free(&t->rec);
    memset(t, 0, sizeof *t);
}

static int write_task(void *arg, void *item, struct ir_err *err)
{
    const int rc = put(item, err);
    drop(arg, item);
    if (self.index)
        ir_index_rest(self.index);
    return rc;
}

static const struct ir_flow_job job = {.work = work, .write = write_task, .drop = drop};

static bool selected(const struct ir_rec *r)
{
    const char *split = ir_meta_get(&r->meta, "split");
    return !self.split || (split && !strcmp(split, self.split));
}

/* copy: r is only valid until the next one is read. id: the clip's new name, or NULL. */
static int submit(const struct ir_rec *r, long long epoch, bool copy, const char *id,
                  struct ir_err *err)
{
    struct task *t = ir_flow_slot(self.flow, err);
    if (!t)
        return -1;
    t->change = selected(r);
    t->epoch = epoch;
    t->owned = copy;
    if (copy)
        ir_rec_copy(&t->rec, r);
    else
        t->rec = *r;
    ir_meta_copy(&t->meta, &r->meta);
    if (id) {
        ir_meta_set(&t->meta, "id", id);
        ir_meta_set(&t->meta, "mixed", ir_rec_id(r));
    }
    ir_flow_push(self.flow);
    return 0;
}

/* One pass over a pipe: nothing needs to be kept. */
static int stream(struct ir_err *err)
{
    struct ir_reader *reader = ir_reader_open(self.run.files, self.run.n_files, err);
    struct ir_progress progress;
    struct ir_rec rec;
    double total = 0;
    int rc = reader ? start(ir_reader_header(reader), err) : -1;
    if (!rc) {
        ir_reader_position(reader, &total);
        ir_progress_start(&progress, &self.run, tool.name, "MB", total / 1e6);
        while (!rc && (rc = ir_reader_next(reader, &rec, err)) == 1) {
            rc = submit(&rec, self.epoch, true, NULL, err);
            ir_progress_step(&progress, ir_reader_position(reader, &total) / 1e6, NULL);
        }
        ir_progress_end(&progress);
    }
    rc = rc ? rc : ir_flow_drain(self.flow, err);
    if (reader)
        self.run.bad += ir_reader_bad(reader);
    ir_reader_close(reader);
    return rc;
}

/* A new clip: one of the old under a new name. */
static int submit_new(const struct ir_partners *partners, long long number, long long epoch,
                      struct ir_err *err)
{
    char id[64];
    struct ir_rng rng;
    snprintf(id, sizeof id, "mix-%08lld", number);
    ir_rng_seed(&rng,
                ir_hash("new", 3, ir_clip_seed((uint64_t)self.run.seed, (uint64_t)epoch, id)));
    const struct ir_rec *r = ir_partners_pick(partners, "x", self.split, &rng);
    if (!r)
        return ir_fail(err, "there is no clip to start from%s%s", self.split ? " in split " : "",
                       self.split ? self.split : "");
    return submit(r, epoch, false, id, err);
}

static int passes(const struct ir_index *x, const struct ir_partners *partners, struct ir_err *err)
{
    const size_t count = ir_index_count(x);
    const double each = self.generate ? (double)self.generate : (double)count;
    struct ir_progress progress;
    double done = 0;
    int rc = 0;
    ir_progress_start(&progress, &self.run, tool.name, "clips", each * (double)self.epochs);
    for (long long e = 0; e < self.epochs && !rc; e++) {
        for (long long k = 0; k < self.generate && !rc; k++) {
            rc = submit_new(partners, k + 1, self.epoch + e, err);
            ir_progress_step(&progress, ++done, NULL);
        }
        for (size_t i = 0; i < count && !self.generate && !rc; i++) {
            if (e == 0 || selected(ir_index_rec(x, i)))
                rc = submit(ir_index_rec(x, i), self.epoch + e, false, NULL, err);
            ir_progress_step(&progress, ++done, NULL);
        }
    }
    ir_progress_end(&progress);
    return rc ? rc : ir_flow_drain(self.flow, err);
}

/* Several passes, or mixtures: the whole input is at hand. */
static int random_access(struct ir_err *err)
{
    struct ir_index *x = ir_index_open(self.run.files, self.run.n_files, err);
    struct ir_partners *partners = x ? ir_partners_new(x) : NULL;
    int rc = x ? start(ir_index_header(x), err) : -1;
    for (size_t i = 0; i < self.add.n; i++)
        self.chain[i].partners = partners;
    self.index = x;
    rc = rc ? rc : passes(x, partners, err);
    ir_flow_free(self.flow); /* its clips point into the index */
    self.flow = NULL;
    ir_partners_free(partners);
    ir_index_close(x);
    return rc;
}

int main(int argc, char **argv)
{
    struct ir_run *run = &self.run;
    ir_memory_keep();
    const int status = ir_run_start(run, &tool, argc, argv);
    if (status >= 0)
        return status;
    if (self.list)
        return ir_run_finish(run, print_list(run));
    int rc = ir_augment_chain(&self.add, &self.chain, &self.mixes, &run->err) < 0 ? -2 : 0;
    self.flow = ir_flow_new(&job, (unsigned)self.jobs, 0, sizeof(struct task));
    if (!rc)
        rc = self.mixes || self.generate || self.epochs > 1 ? random_access(&run->err)
                                                            : stream(&run->err);
    ir_flow_free(self.flow);
    if (!rc)
        rc = ir_writer_close(self.writer, run->bad, &run->err);
    else
        ir_writer_abort(self.writer);
    ir_augment_chain_free(self.chain, self.add.n);
    ir_strs_free(&self.add);
    return ir_run_finish(run, rc);
}
