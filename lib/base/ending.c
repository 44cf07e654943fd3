/* ending.c - a program that ends before its time: signals, and the temporary files that go with it.
 */
#include "out.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define SLOTS      16
#define NAME_BYTES 4096

enum { FREE, FILLING, SET };

static struct {
    atomic_int state;
    char name[NAME_BYTES];
} slots[SLOTS];

/* A child that is forked later must not remove what its parent writes. */
static pid_t owner;
static volatile sig_atomic_t caught, asked;

int ir_ending_add(const char *path)
{
    size_t n = strlen(path);
    owner = getpid();
    for (int i = 0; i < SLOTS && n < NAME_BYTES; i++) {
        int is_free = FREE;
        if (!atomic_compare_exchange_strong(&slots[i].state, &is_free, FILLING))
            continue;
        memcpy(slots[i].name, path, n + 1);
        atomic_store(&slots[i].state, SET);
        return i;
    }
    return -1;
}

void ir_ending_forget(int slot)
{
    if (slot >= 0)
        atomic_store(&slots[slot].state, FREE);
}

void ir_ending_clean(void)
{
    if (owner != getpid())
        return;
    for (int i = 0; i < SLOTS; i++)
        if (atomic_load(&slots[i].state) == SET)
            (void)unlink(slots[i].name);
}

static void die_of(int number)
{
    sigset_t one;
    signal(number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, number);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL); /* it was held back while its handler runs */
}

static void on_signal(int number)
{
    if (caught && !asked && (number == SIGINT || number == SIGTERM || number == SIGHUP)) {
        asked = number;
        return;
    }
    ir_ending_clean();
    die_of(number);
}

/* A mapped input that another program cuts short while we read it raises SIGBUS. */
static void on_bus_error(int number)
{
    static const char text[] = "irtools: an input file was changed while it was read\n";
    (void)number;
    ssize_t ignored = write(2, text, sizeof text - 1);
    (void)ignored;
    ir_ending_clean();
    _exit(1);
}

/* ---- libraries that crash ----------------------------------------------------------------------
 */

static _Thread_local const char *volatile says;

static void on_crash(int number)
{
    if (says == NULL) {
        die_of(number);
        return;
    }
    ssize_t ignored = write(2, says, strlen(says));
    (void)ignored;
    ir_ending_clean();
    _exit(1);
}

void ir_crash_says(const char *text)
{
    static const int crash[] = {SIGSEGV, SIGABRT, SIGTRAP, SIGFPE, SIGILL};
    struct sigaction was;
    says = text;
    for (size_t i = 0; i < sizeof crash / sizeof *crash && text != NULL; i++)
        /* the sanitizers have handlers of their own */
        if (sigaction(crash[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
            sigaction(crash[i], &(struct sigaction){.sa_handler = on_crash}, NULL);
}

void ir_ending_watch(void)
{
    static const int fatal[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGPIPE,
                                SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM};
    struct sigaction was;
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        /* What was ignored when we were started stays ignored: nohup, jobs in the background. */
        if (sigaction(fatal[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
            sigaction(fatal[i],
                      &(struct sigaction){.sa_handler = on_signal, .sa_flags = SA_RESTART}, NULL);
    sigaction(SIGBUS, &(struct sigaction){.sa_handler = on_bus_error}, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a write past the limit then fails with a reason */
}

void ir_stop_catch(bool on)
{
    caught = on;
}

bool ir_stop_asked(void)
{
    return asked != 0;
}

void ir_stop_obey(void)
{
    if (asked)
        die_of(asked);
}
