/* base.h - errors, memory, numbers, random numbers, output files and threads.
 *
 * Everything else in the library stands on this header. Library functions return 0 or -1 and fill a
 * struct ir_err; they never print or exit. The two exceptions: running out of memory ends the
 * program (ir_alloc and its relatives), and the frame of the tools (tool.h) prints for them. */
#ifndef IR_BASE_H
#define IR_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One line where the machine or the compiler is not what all of this is written for. */
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || __SIZEOF_POINTER__ != 8
#error "irtools wants a 64-bit little-endian processor (x86-64, arm64, riscv64 …)"
#endif
#if defined(__clang__)
#if __clang_major__ < 14
#error "irtools wants clang 14 or newer, or GCC 11 or newer"
#endif
#elif !defined(__GNUC__) || __GNUC__ < 11
#error "irtools wants GCC 11 or newer, or clang 14 or newer"
#endif

#define IR_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

#define IR_VERSION "0.2.0"

/* ---- errors -------------------------------------------------------------------------------------
 */

/* One message: lower case, no full stop, what was found and what was wanted. */
struct ir_err {
    char text[1024];
};

/* Store a formatted message in *err (err may be NULL) and return -1, so that `return ir_fail(err,
 * …)`. */
int ir_fail(struct ir_err *err, const char *fmt, ...) IR_PRINTF(2, 3);
/* Put "context: " in front of the message already in *err; returns -1. */
int ir_fail_in(struct ir_err *err, const char *fmt, ...) IR_PRINTF(2, 3);

/* ---- memory -------------------------------------------------------------------------------------
 */

/* n × size bytes, uninitialised / zeroed / resized. A product that overflows or a failed allocation
 * ends the program with exit status 1 and a message. The caller frees with free(). */
void *ir_alloc(size_t n, size_t size);
void *ir_zalloc(size_t n, size_t size);
void *ir_realloc(void *old, size_t n, size_t size);
/* As ir_alloc / ir_zalloc, aligned to 64 bytes (for SIMD). Freed with free(). */
void *ir_alloc_aligned(size_t n, size_t size);
/* For tools that work clip by clip: freed memory up to 256 MiB stays for the next clip in place of
 * going back to the kernel, whose clearing of pages can cost more than the work. Once, at start. */
void ir_memory_keep(void);
void *ir_zalloc_aligned(size_t n, size_t size);
char *ir_strdup(const char *s);
char *ir_strndup(const char *s, size_t n);
/* For sizes that come from outside: NULL and a message instead of the end of the program. */
void *ir_try_alloc(size_t n, size_t size, struct ir_err *err);
/* *out = a × b; false when it does not fit. */
bool ir_mul(size_t a, size_t b, size_t *out);
/* Grow *p (capacity *cap elements of `size` bytes) so that it holds at least `want` elements. */
void ir_grow(void *p, size_t *cap, size_t want, size_t size);

/* ---- byte strings -------------------------------------------------------------------------------
 */

/* A growable byte string; data is NUL-terminated once anything was added. {0} is empty. */
struct ir_buf {
    char *data;
    size_t len, cap;
};
void ir_buf_add(struct ir_buf *b, const void *bytes, size_t n);
void ir_buf_puts(struct ir_buf *b, const char *s);
void ir_buf_printf(struct ir_buf *b, const char *fmt, ...) IR_PRINTF(2, 3);
void ir_buf_free(struct ir_buf *b);
/* Bytes of the well-formed UTF-8 character at s (1 at the end), 0 when it is not one. */
size_t ir_utf8_length(const char *s);
/* Append s; bytes that are not UTF-8 become \xNN, so that the result is text for any reader. */
void ir_buf_utf8(struct ir_buf *b, const char *s);
/* s composed (NFC), decomposed (NFD), or composed and without case, to compare; as it is when it is
 * not UTF-8. Owned. Built without utf8proc only the case of ASCII letters is known. */
enum ir_utf8_form { IR_UTF8_COMPOSED, IR_UTF8_DECOMPOSED, IR_UTF8_FOLDED };
char *ir_utf8_form(const char *s, enum ir_utf8_form form);
/* Append s as a JSON string with its quotes; bytes that are not UTF-8 as ir_buf_utf8 shows them. */
void ir_buf_json(struct ir_buf *b, const char *s);
/* Append s so that a terminal cannot be hurt: control bytes and bad UTF-8 as \xNN. */
void ir_buf_shown(struct ir_buf *b, const char *s);
/* Append s quoted for a POSIX shell (unchanged when it needs no quotes). */
void ir_buf_shell(struct ir_buf *b, const char *s);
/* Append s as the text of an HTML element or attribute: & < > " escaped, bytes as ir_buf_shown. */
void ir_buf_html(struct ir_buf *b, const char *s);
/* Append n bytes in base64 (RFC 4648, with its padding). */
void ir_buf_base64(struct ir_buf *b, const void *bytes, size_t n);

/* The escape of all our formats: control bytes, 0x7f, % and the bytes of `also` as %XX, upper case.
 */
void ir_buf_escape(struct ir_buf *b, const char *s, const char *also);
/* n bytes at s without their %XX, owned by the caller; NULL when one is malformed or means NUL. */
char *ir_unescape(const char *s, size_t n);
int ir_hex(char c); /* 0 … 15, -1 for what is no upper-case digit */

/* Whole numbers of n ≤ 8 bytes, least or most significant byte first, on every machine. */
uint64_t ir_le(const unsigned char *p, size_t n);
uint64_t ir_be(const unsigned char *p, size_t n);
void ir_put_le(unsigned char *p, uint64_t v, size_t n);
void ir_buf_le(struct ir_buf *b, uint64_t v, size_t n); /* appends; n > 8: zeros behind */

/* A growable list of owned strings. {0} is empty. */
struct ir_strs {
    char **at;
    size_t n, cap;
};
void ir_strs_add(struct ir_strs *l, const char *s);
void ir_strs_free(struct ir_strs *l);
/* Append the words of text between any of the separators; empty words are left out. */
void ir_strs_split(struct ir_strs *l, const char *text, const char *separators);
/* Index of s in l, or -1. */
int ir_strs_find(const struct ir_strs *l, const char *s);
/* Index of the word that s was probably meant to be, of which at most a third of the letters
 * differ; or -1. */
int ir_strs_near(const struct ir_strs *l, const char *s);

/* A set of names, for many of them. {0} is empty. */
struct ir_name_set {
    char **slot; /* open addressing; NULL: free */
    size_t n, cap;
};
bool ir_name_set_add(struct ir_name_set *s, const char *name); /* false: it was there */
bool ir_name_set_has(const struct ir_name_set *s, const char *name);
void ir_name_set_free(struct ir_name_set *s);

/* "unknown KIND 'found', known are a, b, c": the one wording for a word that must be one of
 * several. Returns -1. */
int ir_fail_unknown(struct ir_err *err, const char *kind, const char *found,
                    const struct ir_strs *known);

/* Natural order is not used anywhere: all sorting is by bytes (strcmp), the same in every locale.
 */

/* ---- numbers ------------------------------------------------------------------------------------
 */

/* The whole of s must be one number in [min, max]; "nan" and "inf" are refused. `what` names it in
 * errors. */
int ir_parse_real(const char *s, double min, double max, const char *what, double *out,
                  struct ir_err *err);
int ir_parse_int(const char *s, long long min, long long max, const char *what, long long *out,
                 struct ir_err *err);
/* One of the words "a|b|c": *out is its place, from 0. */
int ir_parse_word(const char *s, const char *words, const char *what, int *out, struct ir_err *err);
/* Closed range "lo..hi", or one number for both ends; lo ≤ hi. */
struct ir_range {
    double lo, hi;
};
int ir_parse_range(const char *s, double min, double max, const char *what, struct ir_range *out,
                   struct ir_err *err);
/* "K/N" of --shard, 1 ≤ K ≤ N ≤ 1e6. */
int ir_parse_shard(const char *text, long long *k, long long *n, struct ir_err *err);
/* Shortest decimal text that reads back as the same float (or double); needs 32 bytes in out. */
const char *ir_format_float(char out[32], float v);
const char *ir_format_real(char out[32], double v);

/* ---- random numbers -----------------------------------------------------------------------------
 */

/* xoshiro256++ (Blackman & Vigna, public domain algorithm), seeded through splitmix64. Plain data:
 * it may be copied and stored. */
struct ir_rng {
    uint64_t s[4];
};
void ir_rng_seed(struct ir_rng *r, uint64_t seed);
uint64_t ir_rng_u64(struct ir_rng *r);
double ir_rng_uniform(struct ir_rng *r);                   /* [0, 1) */
double ir_rng_in(struct ir_rng *r, struct ir_range range); /* uniform in the range */
double ir_rng_normal(struct ir_rng *r);              /* mean 0, variance 1; two draws a call */
uint64_t ir_rng_below(struct ir_rng *r, uint64_t n); /* 0 … n-1 without bias; n ≥ 1 */
/* 64-bit FNV-1a followed by a splitmix finish; stable for ever (it decides shards and seeds). */
uint64_t ir_hash(const void *bytes, size_t n, uint64_t start);
/* The seed of one clip in one epoch: hash(seed, epoch, id), so that order, jobs and threads do not
 * matter. */
uint64_t ir_clip_seed(uint64_t seed, uint64_t epoch, const char *id);
uint32_t ir_crc32(uint32_t start, const void *bytes, size_t n); /* CRC-32 as in zlib; start 0 */

/* ---- output files -------------------------------------------------------------------------------
 */

/* An output that is either stdout or a file that appears whole or not at all: written as a
 * temporary in the same folder (new, ours, nameless where the file system can), locked against a
 * second writer on this machine, then fsync, rename, fsync of the folder. A symbolic link is
 * followed: the file it points to is replaced. A file that is replaced keeps its owner, group and
 * mode; it is refused when it may not be written, when nobody may write it, or when its owner
 * would change. Its other hard links keep the old bytes. /dev/stdout and /dev/fd/N are that
 * descriptor; devices and pipes are written directly. */
struct ir_out;
/* path NULL or "-": stdout; `binary` output to a terminal is refused. NULL and *err on failure. */
struct ir_out *ir_out_open(const char *path, bool binary, struct ir_err *err);
/* What ir_out_open would refuse, before long work begins: nothing is left open or changed. */
int ir_out_try(const char *path, bool binary, struct ir_err *err);
/* Let a pipe (other descriptors stay as they are) hold 1 MiB where the system allows it, so that
 * its two ends need not wait for each other after every 64 KiB. */
void ir_pipe_widen(int fd);
/* One of very many: it need not be on the disk when it is committed. It still appears whole or not
 * at all, but a power failure may leave it empty. */
void ir_out_no_sync(struct ir_out *o);
int ir_out_write(struct ir_out *o, const void *bytes, size_t n, struct ir_err *err);
int ir_out_printf(struct ir_out *o, struct ir_err *err, const char *fmt, ...) IR_PRINTF(3, 4);
int ir_out_flush(struct ir_out *o, struct ir_err *err);
/* Finish: flush, check, rename. Frees o whatever happens. */
int ir_out_commit(struct ir_out *o, struct ir_err *err);
/* Give up: the temporary is removed, an older file of that name is untouched. Frees o; NULL is
 * fine. */
void ir_out_abort(struct ir_out *o);
/* An open temporary file without a name, for reading and writing: in $TMPDIR, else /var/tmp, else
 * /tmp, else (a read-only system) in memory. -1 and *err when none can be made. The caller closes
 * it, and then it is gone. */
int ir_temporary(struct ir_err *err);
/* A path by which this process can open the file of a descriptor anew, and a child that inherits
 * it; the caller frees. NULL and *err where /proc is not mounted. */
char *ir_fd_path(int fd, struct ir_err *err);
/* The file of this program; the caller frees. NULL when the system does not say. */
char *ir_own_path(void);
/* 16-bit (or 32-bit float) PCM WAV of `channels` rows of n samples, as a file that appears whole or
 * not at all. Samples beyond ±1 are clipped in 16 bits. */
int ir_wav_write(const char *path, const float *x, size_t channels, size_t n, double rate_hz,
                 bool as_float, struct ir_err *err);
/* Make the folder and its parents. */
int ir_make_folder(const char *path, struct ir_err *err);
/* Make the folders that the path names before its last slash, where they are missing. */
int ir_make_folders(const char *path, struct ir_err *err);
/* Refuse an output that is also an input or another output, under whatever name: to be called
 * before any is opened for writing. NULL entries are skipped, "-" is standard output or input;
 * devices and pipes are nobody's. */
int ir_check_outputs(const char *const *out, size_t n_out, const char *const *in, size_t n_in,
                     struct ir_err *err);
/* Read a whole file (path "-": stdin) of at most max bytes into *b, which the caller frees; empty
 * after a failure. */
int ir_read_file(const char *path, size_t max, struct ir_buf *b, struct ir_err *err);
/* Up to n first bytes of a file or pipe ("-": stdin, from where it stands), without taking them
 * away: whoever reads it gets them again. Waits for a pipe that is empty. How many there are, 0 for
 * what cannot be looked into (a terminal, a folder), -1 with errno. A pipe named by a path stays
 * open until the program ends. */
long ir_peek(const char *path, void *out, size_t n);

/* ---- ending before its time --------------------------------------------------------------------
 */

/* Once at start: deadly signals first remove what is half written, and then do what they do; those
 * that were ignored stay so. A write beyond a limit of file size fails with a reason. */
void ir_ending_watch(void);
/* While another library works in this thread: should it crash, the program ends with this text (a
 * whole line, borrowed) and status 1, and without what is half written. NULL: it is done. */
void ir_crash_says(const char *text);
void ir_ending_clean(void); /* remove what is half written; allowed in a signal handler */
/* While on, the first SIGINT, SIGTERM or SIGHUP only asks; a second one acts. */
void ir_stop_catch(bool on);
bool ir_stop_asked(void);
/* End by the signal that asked, so that the caller sees which; returns when none did. */
void ir_stop_obey(void);

/* ---- threads ------------------------------------------------------------------------------------
 */

/* A pool of threads - 1 waiting threads; the caller is the last one. Tasks are handed out in any
 * order: a result must depend on the task number alone, never on the thread. */
struct ir_pool;
struct ir_pool *ir_pool_new(unsigned threads); /* 0: one per processor */
unsigned ir_pool_threads(const struct ir_pool *p);
/* Run fn(arg, task, thread) for task 0 … tasks-1 and wait for all. p NULL: in the caller, in order.
 */
void ir_pool_run(struct ir_pool *p, size_t tasks,
                 void (*fn)(void *arg, size_t task, unsigned thread), void *arg);
void ir_pool_free(struct ir_pool *p);

/* Reading, working and writing at the same time. The calling thread fills items and writes the
 * finished ones, in the order they were filled; `threads` others work on those between. At most
 * `slots` items are in memory. A result must depend on its item alone, never on the thread. */
struct ir_flow;
struct ir_flow_job {
    void *self;
    void (*work)(void *self, void *item, unsigned thread);
    int (*write)(void *self, void *item, struct ir_err *err); /* 0, -1; leaves the item empty */
    void (*drop)(void *self, void *item); /* an item that will not be written; may be NULL */
};
/* threads 0: one a processor; slots 0: four a thread; items of `size` bytes begin as zeros. The job
 * must outlive the flow. */
struct ir_flow *ir_flow_new(const struct ir_flow_job *job, unsigned threads, size_t slots,
                            size_t size);
/* The next free item, as `write` left it, after writing what is ready; waits for the oldest when
 * all are in use. NULL: write failed. The same one again until it is pushed. */
void *ir_flow_slot(struct ir_flow *f, struct ir_err *err);
void ir_flow_push(struct ir_flow *f);                     /* hand that item to the workers */
int ir_flow_drain(struct ir_flow *f, struct ir_err *err); /* write all; 0, -1 */
void ir_flow_free(struct ir_flow *f);                     /* drops what was not written */

/* Processors this process may use, ≥ 1: those of its affinity mask, and no more than its control
 * group's share of time (0.5 is one, 1.5 are two). */
unsigned ir_cpu_count(void);
/* The address of a function of a shared library, which is loaded at the first call and stays. Ends
 * the program with a message where the library or the name is missing. */
void *ir_shared_symbol(const char *library, const char *name);
/* Bytes of memory: the machine's, or its control group's limit where that is less. */
size_t ir_memory_size(void);
/* What the control groups of this process (and those above) allow, read from `root`/proc and where
 * they are mounted below `root` ("" outside of tests). 0: no limit, or nothing to read. */
struct ir_limits {
    double cpus;
    uint64_t memory;
};
struct ir_limits ir_cgroup_limits(const char *root);
double ir_clock_s(void); /* monotonic seconds, for progress and benchmarks only */

#endif
