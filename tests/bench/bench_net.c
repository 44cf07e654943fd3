/* bench_net.c - speed of training and inference of the five experiments' networks through the path
 * of ir-train: random clips in a file, ir_train_run, ir_data_load.
 *
 *     bench_net NETWORK THREADS BATCH SECONDS
 *     bench_net NETWORK write CLIPS NAME      NAME.net and NAME.irt, for ranks.sh
 *
 * prints clips per second in training and in inference (medians over batches; the first are left
 * out) and the resident memory in training in MB. tests/bench/peer_torch.py does the same with
 * PyTorch. */
#include "kern.h"
#include "train.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct bench {
    const char *name, *optim, *classes;
    const char *records; /* "name:AxBxC …" */
    const char *net;
};

#define BLOCK(n) "conv2d out=" #n " kernel=3x3 pad=1\nbatchnorm\nrelu\nmaxpool2d size=2\n"
#define BRANCH(b)                                                                                  \
#b " = input " #b " channels=1 bands=128 frames=130\n" BLOCK(64) BLOCK(128)                    \
        BLOCK(256) "conv2d out=512 kernel=3x3 pad=1\nbatchnorm\nrelu\n" #b                         \
                   "_out = global kind=mean\n"
#define SMALL(n, k, p) "conv2d out=" #n " kernel=" #k "x" #k " pad=" #p "\nrelu\nmaxpool2d size=2\n"

static const struct bench all[] = {
    {"N1", "adam", "a b c d", "x:1x128x801",
     "input feature channels=1 bands=128 frames=801\n" BLOCK(16) BLOCK(32) BLOCK(64)
         BLOCK(128) "global kind=mean\ndense out=classes\nloss ce\n"},
    {"N2", "adam", "a b c d", "x:1x129x129",
     "input feature channels=1 bands=129 frames=129\n" SMALL(16, 3, 1) SMALL(16, 3, 1)
         SMALL(16, 3, 1) "flatten\ndense out=classes\nloss ce\n"},
    {"N2b", "adam", "a b c d", "x:1x129x129",
     "input feature channels=1 bands=129 frames=129\n" SMALL(25, 5, 2) SMALL(25, 5, 2)
         SMALL(25, 5, 2) "flatten\ndense out=classes\nloss ce\n"},
    {"N3", "adam", "a b c d e f g h i j k", "low:1x128x130 mid:1x128x130 high:1x128x130",
     BRANCH(low) BRANCH(mid) BRANCH(
         high) "concat low_out mid_out high_out\ndense out=1536\nbatchnorm\nrelu\ndropout p=0.4\n"
               "dense out=768\nbatchnorm\nrelu\ndropout p=0.3\ndense out=512\nbatchnorm\nrelu\n"
               "dense out=classes\nloss ce\n"},
    {"N4", "sgd", "a b c d e f g h i j k", "x:1x44100",
     "input audio channels=1 samples=44100\nconv1d out=256 kernel=3101\nrelu\nmaxpool1d size=40 "
     "stride=20\n"
     "conv1d out=384 kernel=300\nrelu\nmaxpool1d size=30 stride=20\nconv1d out=384 "
     "kernel=20\nrelu\n"
     "maxpool1d size=8 stride=4\nflatten\ndropout p=0.5\ndense out=400\nrelu\ndense "
     "out=classes\nloss bce\n"},
    {"N5", "rmsprop", "a b c d e f g h i j", "x:1x150x150",
     "input feature channels=1 bands=150 frames=150\nconv2d out=32 kernel=3x3 stride=4\nrelu\n"
     "maxpool2d size=3 stride=2\nconv2d out=32 kernel=3x3\nrelu\nconv2d out=64 kernel=3x3\nrelu\n"
     "global kind=max\ndense out=64\nrelu\ndropout p=0.5\ndense out=classes\nloss ce\n"},
};

struct clock {
    double last, end, cpu, *took;
    size_t n, cap;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const struct clock *c)
{
    size_t skip = c->n > 3 ? 2 : c->n > 1 ? 1 : 0, n = c->n - skip;
    qsort(c->took + skip, n, sizeof *c->took, by_value);
    return n ? c->took[skip + n / 2] : 0;
}

static void tick(struct clock *c)
{
    double now = ir_clock_s();
    if (c->n == c->cap)
        ir_grow(&c->took, &c->cap, c->n + 1, sizeof *c->took);
    c->took[c->n++] = now - c->last;
    c->last = ir_clock_s();
}

static int on_batch(void *self, const struct ir_train *t, long long epoch, size_t done, double loss)
{
    struct clock *c = self;
    (void)t;
    (void)epoch;
    (void)done;
    (void)loss;
    tick(c);
    return c->last > c->end && c->n >= 3;
}

/* One record of every input for each of n clips. */
static int write_clips(const struct bench *b, const char *path, size_t n, struct ir_err *err)
{
    struct ir_meta head = {0};
    struct ir_rng rng;
    struct ir_strs classes = {0};
    ir_rng_seed(&rng, 3);
    ir_names_parse(b->classes, &classes, err);
    ir_meta_set(&head, "domain", strcmp(b->name, "N4") ? "feature" : "audio");
    ir_meta_set(&head, "classes", b->classes);
    ir_meta_set(&head, "labels", "closed");
    struct ir_writer *w = ir_writer_open(path, &head, false, err);
    for (size_t i = 0; w && i < n; i++)
        for (const char *p = b->records; *p; p += strcspn(p, " ") + (strchr(p, ' ') != NULL)) {
            struct ir_rec r;
            char name[16];
            unsigned d[3] = {0, 0, 0};
            sscanf(p, "%15[^:]:%ux%ux%u", name, &d[0], &d[1], &d[2]);
            uint32_t shape[3] = {d[0], d[1], d[2]};
            ir_rec_init(&r, 'f', d[2] ? 3 : 2, shape);
            for (size_t k = 0; k < ir_rec_count(&r); k++)
                ((float *)r.data)[k] = (float)ir_rng_uniform(&rng) - 0.5f;
            ir_meta_setf(&r.meta, "id", "clip%zu", i);
            ir_meta_set(&r.meta, "name", name);
            if (!d[2])
                ir_meta_set(&r.meta, "rate", "44100");
            ir_meta_setf(&r.meta, "labels", "%s:1", classes.at[i % classes.n]);
            int rc = ir_writer_put(w, &r, err);
            ir_rec_free(&r);
            if (rc)
                return -1;
        }
    return w ? ir_writer_close(w, 0, err) : -1;
}

/* Multiply-adds of a clip: the last number of the summary's last table line. */
static double macs_of(const struct ir_net *net)
{
    struct ir_buf b = {0};
    double macs = 0;
    ir_net_summary(net, false, &b);
    const char *p = strstr(b.data, "\ntotal ");
    size_t end = p ? strcspn(p + 1, "\n") + 1 : 0;
    while (end && strchr(" 0123456789,", p[end - 1]) && p[end - 1] != ' ')
        end--;
    for (; p && p[end] && p[end] != '\n'; end++)
        if (p[end] != ',')
            macs = macs * 10 + (p[end] - '0');
    ir_buf_free(&b);
    return macs;
}

static double peak_mb(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Milliseconds a clip since c->cpu. */
static double cpu_ms(const struct clock *c, size_t batch)
{
    return (cpu_s() - c->cpu) * 1e3 / (double)(c->n * batch);
}

static int train(struct ir_train *t, const struct bench *b, const size_t *clips, struct ir_err *err)
{
    t->train = clips;
    t->n_train = ir_data_clips(t->data);
    t->epochs = 1000000;
    t->schedule.kind = 0;
    if (ir_optim_parse(b->optim, &t->optim, &t->optim_state, err))
        return -1;
    t->lr = 1e-4;
    const struct clock *c = t->self;
    return ir_train_run(t, err) && c->last <= c->end ? -1 : 0; /* stopped by on_batch is fine */
}

static int infer(struct ir_net *net, const struct ir_data *data, struct ir_pool *pool,
                 const size_t *clips, size_t batch, struct clock *c, struct ir_err *err)
{
    if (ir_net_plan(net, batch, NULL, false, pool, 0, err))
        return -1;
    size_t at = 0;
    c->last = ir_clock_s();
    while (c->n < 4 || c->last < c->end) {
        ir_data_load(data, net, pool, clips + at, batch);
        ir_net_forward(net, batch, false, NULL);
        at = at + 2 * batch <= ir_data_clips(data) ? at + batch : 0;
        tick(c);
    }
    return 0;
}

static int run(const struct bench *b, unsigned threads, size_t batch, double seconds,
               const char *path, struct ir_err *err)
{
    char *files[1] = {(char *)(uintptr_t)path};
    size_t n = 4 * batch < 32 ? 32 / batch * batch : 4 * batch;
    struct clock c = {0}, i = {0};
    if (write_clips(b, path, n, err))
        return -1;
    struct ir_data *data = ir_data_open(files, 1, NULL, err);
    struct ir_net *net =
        data ? ir_net_parse(b->net, strlen(b->net), b->name, ir_data_classes(data), err) : NULL;
    struct ir_pool *pool = ir_pool_new(threads);
    size_t *clips = ir_alloc(n, sizeof *clips);
    struct ir_shape longest[4];
    for (size_t k = 0; k < n; k++)
        clips[k] = k;
    if (!net || ir_data_bind(data, net, clips, n, longest, err) ||
        ir_net_plan(net, batch, NULL, true, pool, 0, err))
        return -1;
    ir_net_init(net, 1);
    struct ir_train t = {
        .net = net, .data = data, .pool = pool, .batch = batch, .on_batch = on_batch};
    t.self = &c;
    c.last = ir_clock_s();
    c.end = c.last + seconds;
    c.cpu = cpu_s();
    if (train(&t, b, clips, err))
        return -1;
    double train_ms = cpu_ms(&c, batch);
    double mb = peak_mb();
    i.end = ir_clock_s() + seconds / 2;
    i.cpu = cpu_s();
    if (infer(net, data, pool, clips, batch, &i, err))
        return -1;
    double infer_ms = cpu_ms(&i, batch);
    printf("%.4g\t%.4g\t%.0f\t%.4g\t%.4g\t%.0f\n", (double)batch / median(&c),
           (double)batch / median(&i), mb, train_ms, infer_ms, macs_of(net));
    ir_net_free(net);
    ir_data_close(data);
    ir_pool_free(pool);
    free(clips);
    free(c.took);
    free(i.took);
    return 0;
}

/* The network and its clips in files. */
static int write_files(const struct bench *b, size_t clips, const char *name, struct ir_err *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s.net", name);
    FILE *f = fopen(path, "w");
    if (f == NULL || fputs(b->net, f) < 0 || fclose(f) != 0)
        return ir_fail(err, "%s cannot be written", path);
    snprintf(path, sizeof path, "%s.irt", name);
    return write_clips(b, path, clips, err);
}

int main(int argc, char **argv)
{
    struct ir_err err = {""};
    char path[] = "/tmp/bench_net.XXXXXX";
    const struct bench *b = NULL;
    ir_kern_settle();
    for (size_t i = 0; argc == 5 && i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i].name, argv[1]))
            b = &all[i];
    if (!b) {
        fprintf(stderr, "usage: bench_net N1|N2|N2b|N3|N4|N5 THREADS BATCH SECONDS\n");
        return 2;
    }
    if (strcmp(argv[2], "write") == 0) {
        if (write_files(b, (size_t)atoi(argv[3]), argv[4], &err) == 0)
            return 0;
        fprintf(stderr, "bench_net: %s\n", err.text);
        return 1;
    }
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    int rc = run(b, (unsigned)atoi(argv[2]), (size_t)atoi(argv[3]), atof(argv[4]), path, &err);
    unlink(path);
    if (rc)
        fprintf(stderr, "bench_net: %s\n", err.text);
    return rc ? 1 : 0;
}
