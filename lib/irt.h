/* irt.h - the tensor stream IRT1: records, metadata, reading, writing. Normative text:
 * formats/irt.md. */
#ifndef IR_IRT_H
#define IR_IRT_H

#include "base.h"

#define IR_RANK_MAX 6
#define IR_DATA_MAX ((size_t)1 << 30) /* bytes of a payload as stored, and of its unpacked form */
#define IR_META_MAX ((size_t)1 << 20)

/* ---- metadata -----------------------------------------------------------------------------------
 */

/* Ordered key=value pairs; keys are unique, values any bytes but NUL. {0} is empty. */
struct ir_meta {
    char **key, **value;
    size_t n, cap;
};
const char *ir_meta_get(const struct ir_meta *m,
                        const char *key); /* NULL when absent; owned by m */
void ir_meta_set(struct ir_meta *m, const char *key, const char *value); /* value NULL: removes */
void ir_meta_setf(struct ir_meta *m, const char *key, const char *fmt, ...) IR_PRINTF(3, 4);
void ir_meta_set_real(struct ir_meta *m, const char *key, double v); /* shortest exact decimal */
/* Strict number in value; 0 found, 1 absent (*out untouched), -1 malformed or outside [min, max].
 */
int ir_meta_real(const struct ir_meta *m, const char *key, double min, double max, double *out,
                 struct ir_err *err);
/* Exactly n numbers in [min, max], spaces between; returns as ir_meta_real does. */
int ir_meta_reals(const struct ir_meta *m, const char *key, double min, double max, size_t n,
                  double *out, struct ir_err *err);
/* A key that can be written: not empty, no space, no '=', no '%', no control bytes. */
bool ir_meta_key_ok(const char *key);
void ir_meta_copy(struct ir_meta *to, const struct ir_meta *from); /* `to` is replaced */
void ir_meta_free(struct ir_meta *m);
/* Append prog.N = command line, N one more than the largest present. */
void ir_meta_add_prog(struct ir_meta *m, const char *command);

/* Text form: lines key=value\n, bytes < 0x20, 0x7f and % in values as %XX. Used by records and
 * lists. */
void ir_meta_format(const struct ir_meta *m, struct ir_buf *out);
int ir_meta_parse(struct ir_meta *m, const char *text, size_t n, struct ir_err *err);

/* Class lists ("flute violin") and label lists ("flute:1 violin:0.25"): names separated by one
 * space; inside a name, space, ':', '%' and control bytes are written %XX (before the escaping of
 * values). */
int ir_names_parse(const char *text, struct ir_strs *out, struct ir_err *err);
void ir_names_format(const struct ir_strs *names, struct ir_buf *out);
/* A list of names or labels as people read it: "cor anglais:1", with `between` between two. */
void ir_names_show(const char *list, const char *between, struct ir_buf *out);
/* The most names in a class list; far more than any data set has. */
#define IR_CLASSES_MAX 20000
/* Two classes that are equal but for letter case or Unicode form: true, and a line that says so. */
bool ir_names_alike(const struct ir_strs *names, struct ir_buf *line);
/* Whether a label list is name:value with values in [0, 1], without knowing the classes. */
int ir_labels_check(const char *text, struct ir_err *err);
/* Values of every class of `classes` from a label list: y[i] in [0,1], NAN where absent and `open`,
 * 0 where absent and closed. text NULL: nothing known (as an empty list). A name that is not in
 * classes, or stands twice, is an error. */
int ir_labels_parse(const char *text, const struct ir_strs *classes, bool open, float *y,
                    struct ir_err *err);
/* The inverse: y[i] NAN is left out; 0 is left out when !open. */
void ir_labels_format(const float *y, const struct ir_strs *classes, bool open, struct ir_buf *out);

/* ---- records ------------------------------------------------------------------------------------
 */

/* A T record. data is in host byte order and 64-byte aligned. It belongs to whoever made it: one
 * from a reader stays valid until the next ir_reader_next; ir_rec_copy makes one that ir_rec_free
 * releases. */
struct ir_rec {
    char dtype;                  /* 'f' f32, 'd' f64, 'h' i16, 'i' i32, 'e' f16, 'B' u8 */
    int rank;                    /* 0 … 6; rank 0 is one number */
    uint32_t shape[IR_RANK_MAX]; /* slowest axis first */
    uint32_t seq;
    struct ir_meta meta;
    void *data;
    size_t bytes; /* ir_dtype_size × product of shape */
    void *owned;  /* memory to free, or NULL */
};
size_t ir_dtype_size(char dtype);            /* 0: no such type */
size_t ir_rec_count(const struct ir_rec *r); /* elements */
/* Shape for people, "2x44100" (rank 0: "scalar"). */
const char *ir_shape_text(char out[80], int rank, const uint32_t *shape);
/* A zeroed record of the given type and shape that owns its data. Dies only of memory. */
void ir_rec_init(struct ir_rec *r, char dtype, int rank, const uint32_t *shape);
void ir_rec_copy(struct ir_rec *to, const struct ir_rec *from);
void ir_rec_free(struct ir_rec *r); /* frees meta and owned; r is {0} after */
/* The record as f32: data itself when it is 'f', else converted into *tmp (grown as needed, freed
 * by the caller). i16 and i32 are scaled to [-1, 1) when `audio`. */
const float *ir_rec_f32(const struct ir_rec *r, bool audio, struct ir_buf *tmp);
/* The half-precision number ('e') nearest to x, halves to the even one; beyond 65504 infinity. */
uint16_t ir_half_from(float x);
/* meta "id"/"name" with their defaults: the record's number as text is not invented: "" and "x". */
const char *ir_rec_id(const struct ir_rec *r);
const char *ir_rec_name(const struct ir_rec *r);

/* ---- reading ------------------------------------------------------------------------------------
 */

struct ir_reader;
/* Read the streams of n files one after another as one stream (n = 0: stdin; "-": stdin). Regular
 * files are mapped, so records stored as they are cost no copy. Each file may hold several joined
 * streams, all of which must agree in domain, classes and labels. The first header is read here.
 * NULL on failure. */
struct ir_reader *ir_reader_open(char *const *paths, size_t n, struct ir_err *err);
/* The header of the first stream; owned by the reader, valid until it is closed. */
const struct ir_meta *ir_reader_header(const struct ir_reader *r);
/* How many tensors each clip of the stream being read has, as its header promises with `tensors`
 * (which ir_reader_header does not show: it is not true of other streams); 0: unknown. */
long long ir_reader_tensors(const struct ir_reader *r);
/* 1: *rec is the next record; 0: the end, every E record was there; -1: damage, with the file, byte
 * and record in *err. rec need not be freed: it stays valid until the next call. */
int ir_reader_next(struct ir_reader *r, struct ir_rec *rec, struct ir_err *err);
/* Sum of the `bad` counts in the E records so far. */
long long ir_reader_bad(const struct ir_reader *r);
/* Bytes consumed and, when all inputs are regular files, the total (else 0): for progress. */
double ir_reader_position(const struct ir_reader *r, double *total);
void ir_reader_close(struct ir_reader *r);

struct ir_index;
/* All records of one clip: consecutive, the same id. */
struct ir_clip {
    struct ir_rec *rec;
    size_t n, cap;
    struct ir_rec ahead; /* the first record of the next clip */
    bool has_ahead, ended;
};
/* 1: clip->rec[0 … n-1] is the next clip (owned by clip until the next call); 0 end; -1 error. {0}
 * first. A record with an empty id is a clip of its own. Where the stream promises the number of
 * tensors of a clip, the clip is handed out with its last one; else only when the next begins. */
int ir_clip_next(struct ir_reader *r, struct ir_clip *clip, struct ir_err *err);
/* The same for an index: one past the last record of the clip whose first record is `first`. */
size_t ir_index_clip_end(const struct ir_index *x, size_t first);
/* Put the clip in front of the message, in the one way that all tools have: "clip 17, id (path):
 * …", counted from 1. Returns -1. */
int ir_fail_at(struct ir_err *err, size_t number, const struct ir_rec *rec);
const struct ir_rec *ir_clip_find(const struct ir_clip *clip,
                                  const char *name); /* NULL when absent */
void ir_clip_free(struct ir_clip *clip);

/* Random access for data larger than memory: every record of the files, checked once (heads, and
 * payload CRCs), then mapped; packed records are unpacked to an unlinked temporary file. */
struct ir_index;
struct ir_index *ir_index_open(char *const *paths, size_t n, struct ir_err *err);
const struct ir_meta *ir_index_header(const struct ir_index *x);
size_t ir_index_count(const struct ir_index *x);
/* Record i in file order; data points into the map, meta is owned by the index. */
const struct ir_rec *ir_index_rec(const struct ir_index *x, size_t i);
/* Give back the memory of the payloads read so far: they are read again when looked at. */
void ir_index_rest(const struct ir_index *x);
/* Fails when a file under it was written to since it was opened. */
int ir_index_unchanged(const struct ir_index *x, struct ir_err *err);
void ir_index_close(struct ir_index *x);

/* ---- writing ------------------------------------------------------------------------------------
 */

struct ir_writer;
/* Start a stream on stdout (path NULL or "-") or in a file (appears whole or not at all). header is
 * copied; `pack` compresses each payload with zlib when that makes it smaller. NULL on failure. */
struct ir_writer *ir_writer_open(const char *path, const struct ir_meta *header, bool pack,
                                 struct ir_err *err);
/* Write one record; rec->seq is ignored, the writer numbers. A NaN or Inf in a float payload is
 * refused unless allow_nan was set. */
int ir_writer_put(struct ir_writer *w, const struct ir_rec *rec, struct ir_err *err);
void ir_writer_allow_nan(struct ir_writer *w);
/* Push what was written so far to the reader (for live use). */
int ir_writer_flush(struct ir_writer *w, struct ir_err *err);
/* Write E (with bad=N when bad > 0), flush, check, rename. Frees w whatever happens. */
int ir_writer_close(struct ir_writer *w, long long bad, struct ir_err *err);
/* Give up: no E record, no file. Frees w; NULL is fine. */
void ir_writer_abort(struct ir_writer *w);

#endif
