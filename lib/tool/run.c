/* run.c - the frame of a tool: command line in, messages and exit status out. */
#include "option.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONG_BASE 256

static bool muted;

void ir_run_mute(bool on)
{
    muted = on;
}

static void say(const struct ir_run *run, const char *fmt, va_list ap) IR_PRINTF(2, 0);
static void say(const struct ir_run *run, const char *fmt, va_list ap)
{
    char text[4096];
    struct ir_buf b = {0};
    if (muted)
        return;
    vsnprintf(text, sizeof text, fmt, ap);
    ir_buf_shown(&b, text);
    fprintf(stderr, "%s: %s\n", run->tool->name, b.data);
    ir_buf_free(&b);
}

void ir_run_warn(const struct ir_run *run, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(run, fmt, ap);
    va_end(ap);
}

void ir_run_note(const struct ir_run *run, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (!run->quiet)
        say(run, fmt, ap);
    va_end(ap);
}

void ir_run_info(const struct ir_run *run, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (run->verbose)
        say(run, fmt, ap);
    va_end(ap);
}

int ir_run_print(struct ir_run *run, const char *text)
{
    struct ir_out *out = ir_out_open(run->output, false, &run->err);
    if (out == NULL)
        return -1;
    if (ir_out_write(out, text, strlen(text), &run->err) == 0)
        return ir_out_commit(out, &run->err);
    ir_out_abort(out);
    return -1;
}

int ir_run_bad(struct ir_run *run, const struct ir_err *why)
{
    run->bad++;
    if (run->bad <= run->max_bad) {
        ir_run_warn(run, "%s", why->text);
        return 0;
    }
    if (run->max_bad == 0) {
        run->err = *why;
        return -1;
    }
    ir_run_warn(run, "%s", why->text);
    return ir_fail(&run->err, "%lld bad clips, --max-bad allows %lld", run->bad, run->max_bad);
}

/* A closed standard stream would let the next open() take its number: put /dev/null there. */
static void fill_closed_descriptors(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            int got =
                open("/dev/null", fd == 1 ? O_RDONLY : O_RDWR); /* writing to fd 1 then fails */
            if (got > fd)
                close(got);
        }
}

/* All options in one array, and getopt's two forms of it. */
struct table {
    struct ir_opt *opt;
    bool *given;
    struct option *lng;
    char *shorts;
    size_t n, jobs; /* rows; which is --jobs */
    bool tsv;       /* --help=tsv */
};

/* Row of that letter (0: none) or long name; n when there is none. */
static size_t find(const struct table *t, int letter, const char *name)
{
    size_t i = 0;
    while (i < t->n && (letter == 0 || t->opt[i].letter != letter) &&
           (name == NULL || strcmp(t->opt[i].name, name) != 0))
        i++;
    return i;
}

static void make_table(struct table *t, const struct ir_tool *tool, const struct ir_opt *common)
{
    t->n = tool->n_opts + IR_COMMON_OPTIONS;
    t->opt = ir_zalloc(t->n, sizeof *t->opt);
    t->given = ir_zalloc(t->n, sizeof *t->given);
    t->lng = ir_zalloc(t->n + 2, sizeof *t->lng);
    t->shorts = ir_zalloc(2 * t->n + 4, 1);
    for (size_t i = 0; i < tool->n_opts; i++)
        t->opt[i] = tool->opts[i];
    for (size_t i = 0; i < IR_COMMON_OPTIONS; i++)
        t->opt[tool->n_opts + i] = common[i];
    char *s = t->shorts;
    *s++ = ':';
    for (size_t i = 0; i < t->n; i++) {
        const struct ir_opt *o = &t->opt[i];
        int wants = strcmp(o->name, "help") == 0 ? optional_argument
                    : o->type == IR_OPT_FLAG     ? no_argument
                                                 : required_argument;
        t->lng[i] = (struct option){o->name, wants, NULL, LONG_BASE + (int)i};
        if (o->letter != 0) {
            *s++ = o->letter;
            if (wants == required_argument)
                *s++ = ':';
        }
    }
    /* Threads or processes are one idea to the user: both names of it are taken. */
    t->jobs = find(t, 0, "jobs");
    if (t->jobs < t->n && find(t, 't', "threads") == t->n) {
        t->lng[t->n] =
            (struct option){"threads", required_argument, NULL, LONG_BASE + (int)t->jobs};
        memcpy(s, "t:", 2);
    }
}

static void free_table(struct table *t)
{
    free(t->opt);
    free(t->given);
    free(t->lng);
    free(t->shorts);
}

/* The tool's option that was probably meant. */
static const char *nearest(const struct ir_run *run, const char *name, size_t n)
{
    struct ir_strs known = {0};
    char *word = ir_strndup(name, n);
    for (size_t i = 0; i < run->tool->n_opts; i++)
        ir_strs_add(&known, run->tool->opts[i].name);
    int at = ir_strs_near(&known, word);
    ir_strs_free(&known);
    free(word);
    return at >= 0 ? run->tool->opts[at].name : NULL;
}

/* An option that is not known: by its new name when it had another once. */
static int refuse(const struct ir_run *run, const char *word, struct ir_err *err)
{
    const bool is_long = strncmp(word, "--", 2) == 0;
    const char *name = word + (is_long ? 2 : 1);
    size_t n = is_long ? strcspn(name, "=") : 1;
    for (const struct ir_renamed *r = run->tool->renamed; r != NULL && r->was != NULL; r++)
        if (strlen(r->was) == n && strncmp(r->was, name, n) == 0 && (n > 1 || !is_long))
            return ir_fail(err, "%.*s is no longer an option: it is written %s now",
                           (int)n + 1 + is_long, word, r->is);
    const char *near = is_long ? nearest(run, name, n) : NULL;
    return near != NULL ? ir_fail(err, "unknown option %s: did you mean --%s?", word, near)
                        : ir_fail(err, "unknown or ambiguous option %s", word);
}

/* One option that getopt found. */
static int take(struct table *t, int c, struct ir_err *err)
{
    size_t i = c < LONG_BASE ? find(t, c, NULL) : (size_t)(c - LONG_BASE);
    if (i == t->n)
        i = t->jobs; /* by its other letter */
    const struct ir_opt *o = &t->opt[i];
    if (o->type == IR_OPT_FLAG && optarg != NULL) {
        if (strcmp(optarg, "tsv") != 0)
            return ir_fail(err, "--%s=%s: wanted --%s or --%s=tsv", o->name, optarg, o->name,
                           o->name);
        t->tsv = true;
    }
    t->given[i] = true;
    if (o->given != NULL)
        *o->given = true;
    return ir_option_set(o, optarg, err);
}

static int parse(struct ir_run *run, struct table *t, int argc, char **argv)
{
    struct ir_err *err = &run->err;
    for (size_t i = 0; i < t->n; i++)
        if (ir_option_default(&t->opt[i], err) != 0)
            return -1;
    opterr = 0;
    optind = 1;
    for (;;) {
        int at = optind;
        int c = getopt_long(argc, argv, t->shorts, t->lng, NULL);
        if (c == -1)
            break;
        if (c == '?')
            return refuse(run, argv[at < argc ? at : argc - 1], err);
        if (c == ':')
            return ir_fail(err, "option %s wants a value", argv[optind - 1]);
        if (take(t, c, err) != 0)
            return -1;
    }
    run->files = argv + optind;
    run->n_files = (size_t)(argc - optind);
    return 0;
}

static void add_path(const char ***list, size_t *n, size_t *cap, const char *path)
{
    ir_grow(list, cap, *n + 1, sizeof **list);
    (*list)[(*n)++] = path;
}

/* An output that is also an input or another output, by the table and the operands. */
static int check_files(struct ir_run *run, const struct table *t)
{
    struct {
        const char **at;
        size_t n, cap;
    } in = {0}, out = {0}, *to;
    for (size_t i = 0; i < t->n; i++) {
        const struct ir_opt *o = &t->opt[i];
        if (o->file == IR_FILE_NONE)
            continue;
        to = o->file == IR_FILE_READ ? &in : &out;
        const struct ir_strs *many = o->dest;
        if (o->type != IR_OPT_LIST)
            add_path(&to->at, &to->n, &to->cap, *(const char **)o->dest);
        for (size_t j = 0; o->type == IR_OPT_LIST && j < many->n; j++)
            add_path(&to->at, &to->n, &to->cap, many->at[j]);
    }
    if (run->output == NULL)
        add_path(&out.at, &out.n, &out.cap, "-");
    for (size_t i = 0; i < run->n_files; i++)
        add_path(&in.at, &in.n, &in.cap, run->files[i]);
    if (run->n_files == 0)
        add_path(&in.at, &in.n, &in.cap, "-");
    int rc = ir_check_outputs(out.at, out.n, in.at, in.n, &run->err);
    free(in.at);
    free(out.at);
    return rc;
}

int ir_run_start(struct ir_run *run, const struct ir_tool *tool, int argc, char **argv)
{
    struct table table = {0};
    struct ir_opt common[IR_COMMON_OPTIONS];
    bool help, version;
    *run = (struct ir_run){.tool = tool};
    fill_closed_descriptors();
    ir_ending_watch();
    ir_option_common(common, run, &help, &version);
    make_table(&table, tool, common);
    int rc = parse(run, &table, argc, argv);
    if (rc == 0 && !help && !version)
        rc = check_files(run, &table);
    if (rc == 0)
        run->prog = ir_option_history(run, table.opt, table.given, table.n);
    if (rc == 0 && table.tsv)
        ir_help_tsv(table.opt, table.n);
    else if (rc == 0 && help)
        ir_help_text(tool, table.opt, table.n);
    else if (rc == 0 && version)
        printf("%s (irtools) %s%s\n", tool->name, IR_VERSION, ir_commit());
    free_table(&table);
    if (rc != 0)
        return ir_run_finish(run, -2);
    return help || version ? ir_run_finish(run, 0) : -1;
}

int ir_run_finish(struct ir_run *run, int rc)
{
    if (rc != 0) {
        ir_run_warn(run, "%s", run->err.text);
        if (rc == -2)
            ir_run_warn(run, "try %s --help", run->tool->name);
    }
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && rc == 0) {
        ir_run_warn(run, "standard output: %s", strerror(errno != 0 ? errno : EIO));
        rc = -1;
    }
    free(run->prog);
    run->prog = NULL;
    if (rc != 0)
        ir_stop_obey();
    return rc == 0 ? 0 : rc == -2 ? 2 : 1;
}
