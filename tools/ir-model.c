/* ir-model - show a model, and take it from and to the files of other programs. */
#include "convert.h"
#include "irt.h"
#include "kern.h"
#include "net.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FROM_IRT, FROM_SAFETENSORS, FROM_NPZ, FROM_PT, FROM_H5, FROM_NET };
enum { TO_IRT, TO_SAFETENSORS, TO_ONNX };

static struct {
    bool look, loose, allow_nan;
    int from, to;
    const char *net, *map, *classes, *keep, *shift;
    long long length;
    struct ir_strs set_header;
} opt;

static const struct ir_opt options[] = {
    IR_FLAG('l', "look", &opt.look,
            "print header, layers and parameters; what happens anyway on a terminal"),
    IR_CHOICE(0, "from", &opt.from, "FORMAT", "irt|safetensors|npz|pt|h5|net",
              "read this format; pt: a file of PyTorch, of which only plain tensors are read and "
              "nothing is run; h5: HDF5, as Keras writes it; net: fresh weights for the "
              "description FILE, by --seed",
              .def = "irt"),
    IR_CHOICE(0, "to", &opt.to, "FORMAT", "irt|safetensors|onnx", "write this format",
              .def = "irt"),
    IR_STR(
        0, "net", &opt.net, "FILE",
        "--from safetensors, npz, pt or h5: the network that the tensors belong to; without it the "
        "one that ir-model put into the file",
        .file = IR_FILE_READ),
    IR_STR(0, "map", &opt.map, "FILE",
           "lines OURS THEIRS [swap|reverse]: parameters that are named otherwise there, or whose "
           "last two axes are exchanged, or all of them reversed; OURS = NUMBER: a constant",
           .file = IR_FILE_READ),
    IR_STR(0, "classes", &opt.classes, "FILE",
           "names of the classes, one a line in the order of the outputs", .file = IR_FILE_READ),
    IR_STR(0, "keep-classes", &opt.keep, "FILE",
           "keep only the classes of this list, one a line; the others' rows of the last dense "
           "layer are left out",
           .file = IR_FILE_READ),
    IR_STR(
        0, "shift", &opt.shift, "FILE",
        "add these numbers, one a class (ir-score --shift), to the biases of the last dense layer",
        .file = IR_FILE_READ),
    IR_FLAG(0, "loose", &opt.loose, "tensors that no parameter asks for are named, but no error"),
    IR_INT(0, "length", &opt.length, "N", 1, 1e9,
           "length of axes that the network leaves free, while shapes are worked out",
           .unit = "steps", .def = "1000"),
    IR_LIST(0, "set-header", &opt.set_header, "KEY=VALUE",
            "set a key in the header, such as classes, frontend, thresholds or licence (empty: "
            "remove it); may be given again"),
    IR_FLAG(0, "allow-nan", &opt.allow_nan,
            "let NaN and infinity pass in weights, which are refused otherwise"),
};

static const struct ir_renamed renamed[] = {{"t", "--to"}, {"f", "--from"}, {NULL, NULL}};

static const struct ir_tool tool = {
    .name = "ir-model",
    .operands = "[FILE]",
    .summary = "Show a model, and take it from and to the files of other programs.",
    .examples = "ir-model --look piano.model.irt\n"
                "ir-model --to onnx piano.model.irt -o piano.onnx\n"
                "ir-model --from safetensors --net cnn14.net --map cnn14.map \\\n"
                "    --set-header frontend=panns cnn14.safetensors -o cnn14.model.irt\n",
    .opts = options,
    .groups = "look: look\n"
              "from and to other programs: from net map loose length to\n"
              "change: classes keep-classes shift set-header allow-nan\n",
    .n_opts = sizeof options / sizeof *options,
    .renamed = renamed,
};

/* A network that is planned and filled, and the header that belongs to it. */
struct loaded {
    struct ir_meta head;
    struct ir_net *net;
    struct ir_model *model; /* owns net when set */
    struct ir_net *all;     /* net as it was loaded */
    struct ir_net *fewer;   /* of --keep-classes; net is this one then */
};

static void unload(struct loaded *m)
{
    if (m->model)
        ir_model_close(m->model);
    else
        ir_net_free(m->all);
    ir_net_free(m->fewer);
    ir_meta_free(&m->head);
}

/* Shapes of the inputs, to be freed. */
static struct ir_shape *shapes(const struct ir_net *net)
{
    struct ir_shape *shape = ir_alloc(ir_net_inputs(net) + 1, sizeof *shape);

    ir_net_shapes(net, (size_t)opt.length, shape);
    return shape;
}

static int plan(struct ir_net *net, struct ir_err *err)
{
    struct ir_shape *shape = shapes(net);
    int rc = ir_net_plan(net, 1, shape, false, NULL, 0, err);
    free(shape);
    return rc;
}

/* The lines of a file, without empty ones. */
static int read_names(const char *path, struct ir_strs *names, struct ir_err *err)
{
    struct ir_buf text = {0};

    if (ir_read_file(path, 1 << 20, &text, err) < 0)
        return -1;
    for (char *save = NULL, *w = strtok_r(text.data, "\r\n", &save); w;
         w = strtok_r(NULL, "\r\n", &save))
        ir_strs_add(names, w);
    ir_buf_free(&text);
    return names->n ? 0 : ir_fail(err, "%s: no names, wanted one a line", path);
}

/* What the command line says of the header. */
static int set_header(struct ir_meta *head, struct ir_err *err)
{
    struct ir_strs names = {0};
    struct ir_buf b = {0};
    int rc = opt.classes ? read_names(opt.classes, &names, err) : 0;

    if (rc == 0 && opt.classes) {
        ir_names_format(&names, &b);
        ir_meta_set(head, "classes", b.data);
    }
    ir_strs_free(&names);
    ir_buf_free(&b);
    return rc < 0 ? -1 : ir_settings_apply(&opt.set_header, head, err);
}

/* The network from its text and the classes of the header. */
static int parse_net(struct loaded *m, const char *text, size_t len, const char *name,
                     struct ir_err *err)
{
    const char *classes = ir_meta_get(&m->head, "classes");
    struct ir_strs names = {0};

    if (!classes)
        return ir_fail(err, "%s: no classes are known, wanted --classes FILE", name);
    if (ir_names_parse(classes, &names, err) == 0)
        m->net = ir_net_parse(text, len, name, &names, err);
    ir_strs_free(&names);
    return m->net ? plan(m->net, err) : -1;
}

static int load_irt(struct loaded *m, const char *path, struct ir_err *err)
{
    size_t n;

    m->model = ir_model_open(path, err);
    if (!m->model)
        return -1;
    m->net = ir_model_net(m->model);
    ir_meta_copy(&m->head, ir_model_header(m->model));
    if (set_header(&m->head, err) < 0 || plan(m->net, err) < 0)
        return -1;
    return ir_model_apply(m->model, m->net, NULL, &n, err) < 0 ? ir_fail_in(err, "%s", path) : 0;
}

static int load_net(struct loaded *m, const char *path, struct ir_run *run)
{
    struct ir_buf text = {0};
    int rc = ir_read_file(path, 1 << 20, &text, &run->err);

    if (rc == 0)
        rc = set_header(&m->head, &run->err);
    if (rc == 0)
        rc = parse_net(m, text.data, text.len, path, &run->err);
    if (rc == 0)
        ir_net_init(m->net, (uint64_t)run->seed);
    ir_buf_free(&text);
    return rc;
}

static int say_unused(const struct ir_strs *unused, struct ir_run *run)
{
    struct ir_buf b = {0};

    for (size_t i = 0; i < unused->n && i < 5; i++)
        ir_buf_printf(&b, "%s%s", i ? ", " : "", unused->at[i]);
    if (unused->n > 5)
        ir_buf_puts(&b, ", …");
    int rc = 0;
    if (unused->n && !opt.loose)
        rc = ir_fail(&run->err,
                     "%zu tensors that no parameter asks for: %s (--loose leaves them out)",
                     unused->n, b.data);
    else if (unused->n)
        ir_run_note(run, "%zu tensors left out: %s", unused->n, b.data);
    ir_buf_free(&b);
    return rc;
}

static int load_tensors(struct loaded *m, const char *path, struct ir_run *run)
{
    struct ir_buf text = {0}, map = {0};
    struct ir_strs unused = {0};
    struct ir_err *err = &run->err;
    static const char *const formats[] = {
        [FROM_SAFETENSORS] = "safetensors", [FROM_NPZ] = "npz", [FROM_PT] = "pt", [FROM_H5] = "h5"};
    struct ir_tensors *t = ir_tensors_open(formats[opt.from], path, err);
    int rc = t ? 0 : -1;

    if (rc == 0) {
        ir_meta_copy(&m->head, ir_tensors_meta(t));
        rc = set_header(&m->head, err);
    }
    const char *inside = rc == 0 ? ir_meta_get(&m->head, "net") : NULL;
    if (rc == 0 && opt.net)
        rc = ir_read_file(opt.net, 1 << 20, &text, err);
    else if (rc == 0 && inside)
        ir_buf_puts(&text, inside);
    else if (rc == 0)
        rc = ir_fail(err, "%s holds no network description, wanted --net FILE", path);
    ir_meta_set(&m->head, "net", NULL);
    if (rc == 0 && opt.map)
        rc = ir_read_file(opt.map, 1 << 20, &map, err);
    if (rc == 0)
        rc = parse_net(m, text.data, text.len, opt.net ? opt.net : path, err);
    if (rc == 0 && ir_tensors_load(t, m->net, map.data, &unused, err) < 0)
        rc = ir_fail_in(err, "%s", path);
    if (rc == 0)
        rc = say_unused(&unused, run);
    ir_tensors_close(t);
    ir_strs_free(&unused);
    ir_buf_free(&text);
    ir_buf_free(&map);
    return rc;
}

static int keep_classes(struct loaded *m, struct ir_err *err)
{
    struct ir_strs names = {0};
    struct ir_shape *shape = shapes(m->net);
    int rc = read_names(opt.keep, &names, err);

    if (rc == 0) {
        m->fewer = ir_net_keep_classes(m->net, &names, shape, &m->head, err);
        rc = m->fewer ? 0 : ir_fail_in(err, "%s", opt.keep);
    }
    if (rc == 0)
        m->net = m->fewer;
    free(shape);
    ir_strs_free(&names);
    return rc;
}

/* One number at the start of each line, for the biases of the last layer that has one a class. */
static int shift(struct ir_net *net, struct ir_err *err)
{
    struct ir_strs line = {0};
    size_t i = ir_net_params(net), k = ir_net_classes(net)->n;
    int rc = read_names(opt.shift, &line, err);
    while (i > 0 && !(ir_net_param(net, i - 1)->shape.rank == 1 &&
                      ir_net_param(net, i - 1)->count == k && !ir_net_param(net, i - 1)->buffer))
        i--;
    if (rc == 0 && (line.n != k || i == 0))
        rc = ir_fail(err, "%s: %zu numbers for %zu classes", opt.shift, line.n, k);
    for (size_t c = 0; c < k && rc == 0; c++) {
        double v = 0;
        line.at[c][strcspn(line.at[c], "\t ")] = '\0';
        rc = ir_parse_real(line.at[c], -100, 100, opt.shift, &v, err) < 0 ? -1 : 0;
        ir_net_values(net, i - 1)[c] += (float)v;
    }
    ir_strs_free(&line);
    return rc;
}

/* ---- out ------------------------------------------------------------------------------------- */

static struct ir_rec *records(struct ir_net *net)
{
    size_t n = ir_net_params(net);
    struct ir_rec *rec = ir_zalloc(n + 1, sizeof *rec);

    for (size_t i = 0; i < n; i++) {
        const struct ir_param *p = ir_net_param(net, i);
        rec[i] = (struct ir_rec){.dtype = 'f', .rank = p->shape.rank, .seq = (uint32_t)i + 1};
        for (int k = 0; k < p->shape.rank; k++)
            rec[i].shape[k] = (uint32_t)p->shape.dim[k];
        rec[i].data = ir_net_values(net, i);
        rec[i].bytes = p->count * sizeof(float);
        ir_meta_set(&rec[i].meta, "name", p->name);
    }
    return rec;
}

static int check_finite(struct ir_net *net, const struct ir_rec *rec, struct ir_err *err)
{
    for (size_t i = 0; i < ir_net_params(net) && !opt.allow_nan; i++)
        if (ir_rec_check_finite(&rec[i], err) < 0)
            return -1;
    return 0;
}

static int write_model(struct loaded *m, struct ir_run *run)
{
    struct ir_rec *rec = records(m->net);
    int rc = check_finite(m->net, rec, &run->err);

    if (!run->no_prog)
        ir_meta_add_prog(&m->head, run->prog);
    ir_meta_set(&m->head, "task", ir_net_single(m->net) ? "single" : "multi");
    ir_meta_set(&m->head, "domain", "param");
    const char *input = ir_net_input(m->net, 0)->domain;
    if (input && !ir_meta_get(&m->head, "input"))
        ir_meta_set(&m->head, "input", input);
    if (rc == 0 && opt.to == TO_ONNX) {
        rc = ir_onnx_write(run->output, m->net, &m->head, &run->err);
    } else if (rc == 0 && opt.to == TO_SAFETENSORS) {
        ir_meta_set(&m->head, "net", ir_net_text(m->net));
        rc = ir_safetensors_write(run->output, &m->head, rec, ir_net_params(m->net), &run->err);
    } else if (rc == 0) {
        rc = ir_model_write(run->output, m->net, &m->head, run->compress, &run->err);
    }
    for (size_t i = 0; i < ir_net_params(m->net); i++)
        ir_meta_free(&rec[i].meta);
    free(rec);
    return rc;
}

static int look(struct loaded *m, struct ir_run *run)
{
    struct ir_buf b = {0};

    ir_show_head(&m->head, &b);
    ir_net_summary(m->net, false, &b);
    for (size_t i = 0; i < ir_net_params(m->net); i++) {
        char shape[96];
        const struct ir_param *p = ir_net_param(m->net, i);
        ir_buf_printf(&b, "%s\t%s\t%zu%s\n", p->name, ir_shape_show(shape, &p->shape), p->count,
                      p->buffer ? "\tbuffer" : "");
    }
    struct ir_out *out = ir_out_open(run->output, false, &run->err);
    int rc = out ? ir_out_write(out, b.data, b.len, &run->err) : -1;
    rc = rc == 0 ? ir_out_commit(out, &run->err) : (ir_out_abort(out), -1);
    ir_buf_free(&b);
    return rc;
}

int main(int argc, char **argv)
{
    struct loaded m = {0};
    struct ir_run run;

    ir_kern_settle();
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    if (run.n_files > 1) {
        ir_fail(&run.err, "%zu files, wanted one", run.n_files);
        return ir_run_finish(&run, -2);
    }
    const char *path = run.n_files ? run.files[0] : "-";
    int rc = opt.from == FROM_IRT   ? load_irt(&m, path, &run.err)
             : opt.from == FROM_NET ? load_net(&m, path, &run)
                                    : load_tensors(&m, path, &run);
    m.all = m.net;
    if (rc == 0 && opt.keep)
        rc = keep_classes(&m, &run.err);
    if (rc == 0 && opt.shift)
        rc = shift(m.net, &run.err);
    if (rc == 0)
        rc = opt.look || (!run.output && opt.to == TO_IRT && isatty(1)) ? look(&m, &run)
                                                                        : write_model(&m, &run);
    unload(&m);
    ir_strs_free(&opt.set_header);
    return ir_run_finish(&run, rc);
}
