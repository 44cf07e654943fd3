/* convert.h - tensors, predictions and models in the forms that other programs read; choosing,
 * showing and comparing records. What bytes each format has is said where it is written:
 * lib/convert/. */
#ifndef IR_CONVERT_H
#define IR_CONVERT_H

#include "tool.h"

/* ---- choosing records ------------------------------------------------------------------------ */

/* Which clips and tensors to keep. Empty lists and NULLs let everything pass. */
struct ir_select {
    struct ir_strs splits;   /* any of these splits */
    struct ir_strs classes;  /* a label above 0 of any of these classes */
    struct ir_strs ids;      /* id matches any of these shell patterns (* ? [abc]) */
    struct ir_strs names;    /* tensor name is one of these */
    long long shard, shards; /* shard 1 … shards by a hash of the id; shards 0: all */
    long long skip, count;   /* of those that pass all this: leave out the first, keep so many (-1:
                                all) */
    long long passed;        /* so far; starts at 0 */
};
/* "K/N", 1 ≤ K ≤ N ≤ 1e6. */
int ir_select_parse_shard(const char *text, struct ir_select *s, struct ir_err *err);
/* Clips: decided by the metadata of the first record. 1 keep, 0 drop, -1 its labels are malformed.
 */
int ir_select_clip(const struct ir_select *s, const struct ir_meta *m, struct ir_err *err);
/* The same with skip and count, clip after clip. */
int ir_select_next(struct ir_select *s, const struct ir_meta *m, struct ir_err *err);
/* Keep one part "K/N" of the clips that ir_select_clip keeps, by skip and count (ir_part_range; a
 * group is `group`, else `clip`, the segments of one clip). Reads the files to their end: they
 * cannot be pipes. -2 when `part` is not K/N. */
int ir_select_part(struct ir_select *s, char *const *files, size_t n, const char *part,
                   struct ir_err *err);
/* Are the files parts of one stream, all of which are kept: ordinary files with the same header,
 * history included? Then *head is that header as it stands in them, with `tensors`. */
bool ir_select_alike(const struct ir_select *s, char *const *files, size_t n, struct ir_meta *head);
bool ir_select_name(const struct ir_select *s, const struct ir_rec *rec);

/* ---- showing --------------------------------------------------------------------------------- */

/* A header for people: a line "# key=value" a key, names of classes as they are. */
void ir_show_head(const struct ir_meta *head, struct ir_buf *out);

/* Append one line about a record: seq, id, name, type and shape, time, split, labels; tabs between.
 */
void ir_show_look(const struct ir_rec *rec, struct ir_buf *out);
/* Append a paragraph that says in plain words what the stream is, how it was made, what it holds
 * and, for a model, how to feed it. Reads the reader to its end. */
int ir_show_about(struct ir_reader *r, const char *file, struct ir_buf *out, struct ir_err *err);
int ir_about_run(struct ir_run *run); /* of each of run->files (none: stdin), to run->output */

/* Append the line of shell that makes the right input for a model and runs it on the sound files
 * "$@": rate and front end from the model's header, channels and segments from its history (else
 * the `seconds` of its clips). model NULL: without the last command. -1 when a feature model does
 * not know its front end. */
int ir_pipeline_text(const struct ir_meta *head, const char *model, struct ir_buf *out,
                     struct ir_err *err);
/* The same with more to say; {0} is what ir_pipeline_text does. */
struct ir_pipeline {
    const char *model;                  /* for the last command; NULL: without it */
    double segment_s, hop_s;            /* in place of the model's; 0: the model's */
    const char *decode_more, *mel_more; /* more options, quoted for a shell, with a space before */
};
int ir_pipeline_line(const struct ir_meta *head, const struct ir_pipeline *o, struct ir_buf *out,
                     struct ir_err *err);

/* ---- comparing ------------------------------------------------------------------------------- */

struct ir_compare {
    double absolute, relative; /* |a - b| ≤ absolute + relative × |b| passes; NaN equals NaN */
    bool meta;                 /* compare metadata too (never prog.N) */
    long long max_lines;       /* differences to describe; the rest is counted */
    long long differences;     /* result */
    size_t records;            /* result */
    double largest;            /* result: largest |a - b| */
};
/* Compare two streams record by record; each difference becomes a line of *out. -1 only on damage.
 */
int ir_compare_streams(struct ir_compare *c, struct ir_reader *a, struct ir_reader *b,
                       struct ir_buf *out, struct ir_err *err);
/* The two streams run->files, the differences to run->output; -1 also when they differ, -2 when
 * they are not two. */
int ir_compare_run(struct ir_compare *c, struct ir_run *run);

/* ---- what counts as heard -------------------------------------------------------------------- */

/* Made from the header of predictions (formats/model.md): `task`, `thresholds`, `thresholds.off`,
 * `silence`, `unknown`, and what the user asked for: `least`, `top`. */
struct ir_rule {
    size_t n;          /* classes */
    bool single;       /* one class at a time: the most probable one */
    double *on, *off;  /* a class: it begins at `on` and ends below `off` */
    double silence_db; /* quieter segments hold nothing; NAN: no gate */
    double unknown;    /* nothing below it counts as heard; NAN: none */
    double least;      /* in place of all thresholds; NAN: none */
    size_t top;        /* so many classes a file; 0: all */
    bool says_nothing; /* a file without any class is worth a row: silence or unknown */
};
/* on, off: in place of the header's (NAN: the header's, else 0.5). -1 when the header is malformed;
 * the caller frees. */
int ir_rule_read(struct ir_rule *r, const struct ir_meta *head, const struct ir_strs *classes,
                 double on, double off, struct ir_err *err);
void ir_rule_free(struct ir_rule *r);
/* Whether class c sounds in a segment with the probabilities p[n]; was_on: it did just before. */
bool ir_rule_hears(const struct ir_rule *r, const float *p, size_t c, bool was_on);
/* Level in dB of full scale, NAN: unknown. */
bool ir_rule_silent(const struct ir_rule *r, double level_db);

/* ---- tensors and predictions out ------------------------------------------------------------- */

enum ir_per { IR_PER_EVENT, IR_PER_SEGMENT, IR_PER_FILE };

struct ir_export_opts {
    enum ir_per per;
    double on,
        off; /* probability at which a class begins and ends; NAN: from the stream, else 0.5 */
    long long median;            /* odd number of segments of the median filter; 1: none */
    double min_s;                /* shorter events are dropped */
    bool max;                    /* per file: largest instead of mean probability */
    const char *folder;          /* one file a sound file, in this folder; NULL: one output */
    bool live;                   /* each event as soon as it has ended, in that order */
    bool timeline;               /* table: a line for each event in place of one for each class */
    const struct ir_cut_to *cut; /* ir_cut_folders: sounds into folders; else NULL */
    bool tree; /* with folder: FOLDER/path/of/song.wav.tsv in place of FOLDER/song.tsv */
};

struct ir_exporter {
    const struct ir_export *format;
    const struct ir_meta *head; /* of the input; not owned */
    struct ir_strs classes;
    struct ir_export_opts opts;
    struct ir_out *out;
    void *state;              /* of the format */
    struct ir_events *events; /* predictions of the file being read */
    size_t records, files;
    struct ir_name_set written; /* with opts.folder */
    struct ir_name_set names;   /* that the format has given away; see ir_export_name */
};

/* One format: lib/convert/export_NAME.c defines `const struct ir_export ir_export_NAME`. Either
 * `put` (each record) or `file` (each source file's events, of a prediction stream) is set; the
 * others may be NULL. */
struct ir_event_file;
struct ir_export {
    const char *name, *about;
    const char *extension; /* of one sound file's predictions, ".jams" */
    bool binary;           /* never to a terminal */
    bool timed;            /* events without a length have no place in it */
    bool single;           /* one sound file an output */
    bool whole;            /* predictions: cannot be written event by event */
    int (*open)(struct ir_exporter *, struct ir_err *);
    int (*put)(struct ir_exporter *, const struct ir_rec *, struct ir_err *);
    int (*file)(struct ir_exporter *, const struct ir_event_file *, struct ir_err *);
    int (*close)(struct ir_exporter *, struct ir_err *);
    void (*drop)(struct ir_exporter *); /* frees state; called once, whatever happened */
};
const struct ir_export *ir_export_find(const char *name); /* NULL: no such format */
/* Each known format in turn: i = 0, 1, …; NULL after the last. */
void ir_export_names(struct ir_strs *names); /* appends them */

/* Write to path (NULL: stdout; not used with opts->folder) in the format. head must outlive the
 * exporter. NULL on failure. */
struct ir_exporter *ir_export_open(const struct ir_export *format, const char *path,
                                   const struct ir_meta *head, const struct ir_export_opts *opts,
                                   struct ir_err *err);
int ir_export_put(struct ir_exporter *x, const struct ir_rec *rec, struct ir_err *err);
int ir_export_flush(struct ir_exporter *x, struct ir_err *err); /* to whoever reads live */
int ir_export_close(struct ir_exporter *x, struct ir_err *err); /* frees x whatever happens */
/* Where one sound file's predictions go (opts.folder, opts.tree); the caller frees. */
char *ir_export_path(const struct ir_export *format, const char *folder, bool tree,
                     const char *sound);
void ir_export_abort(struct ir_exporter *x); /* NULL is fine */
/* For formats that shorten or change names: `of`, one of `kind`, will be called `name`. -1 when
 * another of that kind is called so already: two things would become one. */
int ir_export_name(struct ir_exporter *x, char kind, const char *name, const char *of,
                   struct ir_err *err);

/* Sounds into one folder an instrument, DIR/violin/song.wav; the output is a table of what went
 * where. A sound that cannot be placed is told and counted in run->bad; more than run->max_bad of
 * them fail at the end. What is there already is left as it is, anything else in its place is a
 * bad one. */
struct ir_cut_to {
    const char *folder;
    bool spans; /* each event as a WAV of its own; else whole files, to where most of them is */
    bool link;  /* hard links in place of copies, where the file system can */
    struct ir_run *run;
};
extern const struct ir_export ir_cut_folders; /* not among ir_export_names; wants opts.cut */

/* Something was heard from start to end. */
struct ir_event {
    double start_s, end_s;
    size_t klass;      /* index in classes */
    double confidence; /* 0 … 1: mean over its segments (per file: mean or largest) */
};
/* Why no class was heard in a file. */
enum ir_nothing { IR_SOMETHING, IR_SILENCE, IR_UNKNOWN };
const char *ir_nothing_name(enum ir_nothing what); /* "silence", "unknown" */
/* Seconds as text for other programs, to the microsecond: "3.5". */
const char *ir_format_seconds(char out[32], double s);
/* All events of one source file, by start, then class. */
struct ir_event_file {
    const char *path, *id; /* path is the id where the stream has none */
    double begin_s, end_s; /* of the first and last segment */
    size_t segments;
    const struct ir_strs *classes;
    const struct ir_event *event;
    size_t n;
    enum ir_nothing nothing; /* IR_SOMETHING also where the stream knows no silence (ir_rule) */
    double nothing_p;        /* how sure that is, 0 … 1 */
};
/* What one class has in a file: seconds (overlaps cannot be), mean probability over them. */
struct ir_heard {
    size_t klass;
    double seconds, confidence;
};
/* Most seconds × probability first. *n classes; the caller frees. */
struct ir_heard *ir_events_heard(const struct ir_event_file *f, size_t *n);

/* ---- recordings in memory -------------------------------------------------------------------- */

/* The predictions of one recording (consecutive records of one path and clip), and what counts as
 * heard in it by the rule of the stream: the events that every table has. */
struct ir_song {
    char *path, *id;
    size_t n, cap;           /* segments */
    double *start_s, *end_s; /* no later than where the next one begins */
    double *level_db;        /* NAN: unknown */
    float *p, *truth;        /* segments × classes; truth NAN: unknown */
    bool timed, labelled;    /* every segment has a length; any has labels */
    struct ir_event *event;  /* by start, then class */
    size_t n_events;
    enum ir_nothing nothing;
};
struct ir_songs {
    struct ir_meta head;
    struct ir_strs classes;
    struct ir_rule rule;
    struct ir_song *at;
    size_t n, cap;
};
/* A stream of predictions, at least one. The caller frees. */
int ir_songs_read(char *const *files, size_t n, struct ir_songs *s, struct ir_err *err);
void ir_songs_free(struct ir_songs *s);

/* ---- where records go ------------------------------------------------------------------------ */

/* A tensor stream, another format, or one line a record. */
struct ir_sink_opts {
    bool look;                      /* one line a record */
    const struct ir_export *format; /* NULL: a tensor stream */
    struct ir_export_opts export;
    bool allow_nan;            /* else NaN and infinity are errors (never when looking) */
    struct ir_strs set_header; /* KEY=VALUE each */
};
struct ir_sink;
/* To run->output, with run's command line as the newest part of the history. opts must outlive the
 * sink. NULL on failure. */
struct ir_sink *ir_sink_open(const struct ir_sink_opts *opts, const struct ir_run *run,
                             const struct ir_meta *head, struct ir_err *err);
int ir_sink_put(void *sink, const struct ir_rec *rec, struct ir_err *err);
int ir_sink_flush(struct ir_sink *sink, struct ir_err *err); /* to whoever reads live */
/* rc 0: finish, the result says whether that worked; rc < 0: give up, the result is rc. Frees s
 * (NULL is fine, and a failure). */
int ir_sink_close(struct ir_sink *s, int rc, long long bad, struct ir_err *err);

/* Apply each "KEY=VALUE" (an empty value removes the key). */
int ir_settings_apply(const struct ir_strs *settings, struct ir_meta *m, struct ir_err *err);
/* -1 when a floating-point payload holds NaN or infinity, naming where. */
int ir_rec_check_finite(const struct ir_rec *rec, struct ir_err *err);

/* ---- tensors in ------------------------------------------------------------------------------ */

/* A .npy file of `n` bytes: format 1 to 3, types f2 f4 f8 i2 i4 u1 and bool (as u8), either byte
 * order, C or Fortran order; the result is in C order and host byte order. Object, string, complex,
 * 64-bit and structured arrays are refused by name. *rec is made with ir_rec_init, its metadata is
 * empty. */
int ir_npy_read(const void *bytes, size_t n, struct ir_rec *rec, struct ir_err *err);
/* Append the header of an array of this type and shape. */
void ir_npy_header(char dtype, int rank, const uint64_t *shape, struct ir_buf *out);

/* A .npz file (zip of .npy, stored or deflated) in memory. */
struct ir_npz_member {
    const char *name; /* without ".npy" */
    struct ir_rec rec;
};
/* Call each(arg, member) for every member in file order (only: for the one of that name, which must
 * be there; the others are not looked into); a value other than 0 stops and is
 * returned. Refuses encrypted, overlapping and doubled members, names with ".." or a leading "/",
 * wrong sizes and CRCs. */
int ir_npz_read(const void *bytes, size_t n, const char *only,
                int (*each)(void *arg, const struct ir_npz_member *m, struct ir_err *err),
                void *arg, struct ir_err *err);

/* How foreign arrays become records. Ids: the file's name without folder and extension (.npz: the
 * member's name), with "-I" behind it for row I of `rows` and for array I of a raw file. */
struct ir_import_opts {
    char dtype; /* raw: letter of the type */
    int rank;   /* raw: shape of one record */
    uint32_t shape[IR_RANK_MAX];
    bool rows;                 /* one record for each step of the first axis */
    const char *array;         /* npz: this member alone; NULL: all */
    struct ir_select *select;  /* which of the records */
    const struct ir_strs *set; /* KEY=VALUE each, for every record */
};
/* format "npy", "npz" or "raw"; path "-": stdin. Each record goes to put(arg, rec). Raw data must
 * end with a whole record. */
int ir_import_file(const char *format, const char *path, const struct ir_import_opts *opts,
                   int (*put)(void *arg, const struct ir_rec *rec, struct ir_err *err), void *arg,
                   struct ir_err *err);

/* All operands of a run (none: stdin) into a sink; a bad file counts against --max-bad. 0, or -1
 * with run->err set. */
int ir_import_run(const char *format, struct ir_run *run, const struct ir_import_opts *opts,
                  struct ir_sink *sink);

/* ---- named tensors of other programs' models ------------------------------------------------- */

/* A safetensors or npz file in memory; every length and offset was checked. Only tensors that are
 * asked for need a type that a record can hold (BF16 becomes f32). */
struct ir_tensors;
struct ir_tensors *ir_tensors_open(const char *format, const char *path, struct ir_err *err);
size_t ir_tensors_count(const struct ir_tensors *t);
const char *ir_tensors_name(const struct ir_tensors *t, size_t i);
int ir_tensors_find(const struct ir_tensors *t, const char *name); /* -1: none */
const struct ir_meta *ir_tensors_meta(const struct ir_tensors *t); /* strings that came along */
/* Tensor i as a record of that name; the caller frees it. */
int ir_tensors_get(const struct ir_tensors *t, size_t i, struct ir_rec *rec, struct ir_err *err);
void ir_tensors_close(struct ir_tensors *t);

/* Write n records as safetensors, named by their names, with meta as __metadata__. */
int ir_safetensors_write(const char *path, const struct ir_meta *meta, const struct ir_rec *rec,
                         size_t n, struct ir_err *err);

/* ---- models of other programs ---------------------------------------------------------------- */

struct ir_net;
struct ir_shape;
/* Write a planned network with its parameters as ONNX (opset 13): one input a record with a free
 * batch axis (axes of size 0 in the description stay free), outputs `probabilities` and `logits`;
 * the header's keys and the description become metadata. A layer that has no form there is an error
 * with its line. */
int ir_onnx_write(const char *path, const struct ir_net *net, const struct ir_meta *head,
                  struct ir_err *err);
/* A planned copy of a planned network that knows only the classes of `keep`, in that order: the
 * other rows of its last dense layer are left out. head: its classes, and its thresholds where they
 * are one a class, follow. shapes: as for ir_net_plan. NULL when a class is unknown or stands
 * twice, or when the last layer is no dense out=classes. The caller frees the result. */
struct ir_net *ir_net_keep_classes(struct ir_net *net, const struct ir_strs *keep,
                                   const struct ir_shape *shapes, struct ir_meta *head,
                                   struct ir_err *err);
/* Fill the parameters of a planned network from tensors. map (NULL: none) is text, a line "OURS
 * THEIRS [swap|reverse]" for each parameter whose name differs there, or whose last two axes are
 * exchanged, or all axes in reverse order; "OURS = NUMBER" fills one that has no counterpart; #
 * starts a comment. Tensors that nothing asked for are listed in *unused, but for the batch
 * counters of PyTorch. */
int ir_tensors_load(const struct ir_tensors *t, struct ir_net *net, const char *map,
                    struct ir_strs *unused, struct ir_err *err);

/* How a model is read. Texts are files, or NULL. */
struct ir_load_options {
    const char *from;      /* "irt", "safetensors", "npz", "pt", "h5", or "net": fresh weights */
    const char *net, *map; /* of tensors: the description (else the one inside), ir_tensors_load */
    const char *classes;   /* names, one a line */
    bool loose;            /* tensors that no parameter asks for are no error */
    long long length;      /* of axes that the network leaves free, while shapes are worked out */
    struct ir_strs set_header; /* KEY=VALUE each */
};
/* A network that is planned and filled, and the header that belongs to it. {0} is empty. */
struct ir_loaded {
    struct ir_meta head;
    struct ir_net *net;
    struct ir_model *model; /* owns net when set */
    struct ir_net *all;     /* net as it was loaded */
    struct ir_net *fewer;   /* of ir_loaded_keep; net is this one then */
};
/* Read the model in path ("-": stdin); run: its seed, and notes of tensors left out. -1 with
 * run->err; *m is freed by the caller in any case. */
int ir_loaded_read(const struct ir_load_options *o, const char *path, struct ir_loaded *m,
                   struct ir_run *run);
/* Keep the classes that the file names, one a line (ir_net_keep_classes). */
int ir_loaded_keep(struct ir_loaded *m, const char *path, struct ir_err *err);
/* Put (1 - share) of each parameter and `share` of that of the model in path in its place. Fails
 * when that has other parameters. */
int ir_net_mean(struct ir_net *net, const char *path, double share, struct ir_err *err);
/* Add the number at the start of each line of the file, one a class, to the biases of the last
 * layer that has one a class. */
int ir_net_shift(struct ir_net *net, const char *path, struct ir_err *err);
void ir_loaded_free(struct ir_loaded *m);

/* ---- names of types and shapes --------------------------------------------------------------- */

/* "f32", "f64", "f16", "i16", "i32", "u8" to the letter of the stream, 0 when unknown; and back. */
char ir_dtype_parse(const char *name);
const char *ir_dtype_name(char dtype);
/* "2x44100" or "scalar" to a shape; *rank is set. */
int ir_shape_parse(const char *text, int *rank, uint32_t shape[IR_RANK_MAX], struct ir_err *err);

#endif
