/* run.c - the frame of a tool: command line in, messages and exit status out. */
#include "option.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_MAX 96
#define LONG_BASE   256

static void say(const struct ir_run *run, const char *fmt, va_list ap) IR_PRINTF(2, 0);
static void say(const struct ir_run *run, const char *fmt, va_list ap)
{
    char text[4096];
    struct ir_buf b = {0};
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

/* A mapped input that another program cuts short while we read it raises SIGBUS. */
static void on_bus_error(int number)
{
    static const char text[] = "irtools: an input file was changed while it was read\n";
    (void)number;
    ssize_t ignored = write(2, text, sizeof text - 1);
    (void)ignored;
    _exit(1);
}

static char *command_line(const struct ir_tool *tool, int argc, char **argv)
{
    struct ir_buf b = {0};
    ir_buf_puts(&b, tool->name);
    for (int i = 1; i < argc; i++) {
        ir_buf_puts(&b, " ");
        ir_buf_shell(&b, argv[i]);
    }
    return b.data;
}

/* All options in one array, and getopt's two forms of it. */
struct table {
    struct ir_opt opt[OPTIONS_MAX];
    struct option lng[OPTIONS_MAX + 1];
    char shorts[2 * OPTIONS_MAX + 2];
    size_t n;
};

static void make_table(struct table *t, const struct ir_tool *tool, const struct ir_opt *common)
{
    size_t s = 0;
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < tool->n_opts && t->n < OPTIONS_MAX - IR_COMMON_OPTIONS; i++)
        t->opt[t->n++] = tool->opts[i];
    for (size_t i = 0; i < IR_COMMON_OPTIONS; i++)
        t->opt[t->n++] = common[i];
    t->shorts[s++] = ':';
    for (size_t i = 0; i < t->n; i++) {
        const struct ir_opt *o = &t->opt[i];
        int wants = o->type == IR_OPT_FLAG ? no_argument : required_argument;
        t->lng[i] = (struct option){o->name, wants, NULL, LONG_BASE + (int)i};
        if (o->letter != 0) {
            t->shorts[s++] = o->letter;
            if (wants == required_argument)
                t->shorts[s++] = ':';
        }
    }
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
            return ir_fail(err, "unknown or ambiguous option %s", argv[at < argc ? at : argc - 1]);
        if (c == ':')
            return ir_fail(err, "option %s wants a value", argv[optind - 1]);
        size_t i = (size_t)(c - LONG_BASE);
        if (c < LONG_BASE)
            for (i = 0; i < t->n && t->opt[i].letter != c; i++)
                ;
        if (ir_option_set(&t->opt[i], optarg, err) != 0)
            return -1;
        if (t->opt[i].given != NULL)
            *t->opt[i].given = true;
    }
    run->files = argv + optind;
    run->n_files = (size_t)(argc - optind);
    return 0;
}

int ir_run_start(struct ir_run *run, const struct ir_tool *tool, int argc, char **argv)
{
    static struct table table; /* large; one run a program */
    struct ir_opt common[IR_COMMON_OPTIONS];
    bool help, version;
    *run = (struct ir_run){.tool = tool};
    fill_closed_descriptors();
    sigaction(SIGBUS, &(struct sigaction){.sa_handler = on_bus_error}, NULL);
    ir_option_common(common, run, &help, &version);
    make_table(&table, tool, common);
    run->prog = command_line(tool, argc, argv);
    if (parse(run, &table, argc, argv) != 0)
        return ir_run_finish(run, -2);
    if (help)
        ir_option_help(tool, common, IR_COMMON_OPTIONS);
    else if (version)
        printf("%s (irtools) %s\n", tool->name, IR_VERSION);
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
    return rc == 0 ? 0 : rc == -2 ? 2 : 1;
}
