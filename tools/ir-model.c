/* ir-model - show a model, and take it from and to the files of other programs. */
#include "convert.h"
#include "irt.h"
#include "kern.h"
#include "net.h"

#include <stdlib.h>
#include <unistd.h>

enum { TO_IRT, TO_SAFETENSORS, TO_ONNX };

static struct {
    bool look, allow_nan, share_given;
    int from, to;
    const char *keep, *shift, *mean;
    double share;
    struct ir_load_options load;
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
        0, "net", &opt.load.net, "FILE",
        "--from safetensors, npz, pt or h5: the network that the tensors belong to; without it the "
        "one that ir-model put into the file",
        .file = IR_FILE_READ),
    IR_STR(0, "map", &opt.load.map, "FILE",
           "lines OURS THEIRS [swap|reverse]: parameters that are named otherwise there, or whose "
           "last two axes are exchanged, or all of them reversed; OURS = NUMBER: a constant",
           .file = IR_FILE_READ),
    IR_STR(0, "classes", &opt.load.classes, "FILE",
           "names of the classes, one a line in the order of the outputs", .file = IR_FILE_READ),
    IR_STR(0, "keep-classes", &opt.keep, "FILE",
           "keep only the classes of this list, one a line; the others' rows of the last dense "
           "layer are left out",
           .file = IR_FILE_READ),
    IR_STR(
        0, "shift", &opt.shift, "FILE",
        "add these numbers, one a class (ir-score --shift), to the biases of the last dense layer",
        .file = IR_FILE_READ),
    IR_STR(0, "mean", &opt.mean, "MODEL",
           "average the parameters with those of this model, which has the same network",
           .file = IR_FILE_READ),
    IR_REAL(0, "share", &opt.share, "SHARE", 0, 1, "--mean: how much of the mean is that model's",
            .def = "0.5", .given = &opt.share_given),
    IR_FLAG(0, "loose", &opt.load.loose,
            "tensors that no parameter asks for are named, but no error"),
    IR_INT(0, "length", &opt.load.length, "N", 1, 1e9,
           "length of axes that the network leaves free, while shapes are worked out; doubled "
           "until the network takes it",
           .unit = "steps", .def = "1000"),
    IR_LIST(0, "set-header", &opt.load.set_header, "KEY=VALUE",
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
              "change: classes keep-classes mean share shift set-header allow-nan\n",
    .n_opts = sizeof options / sizeof *options,
    .renamed = renamed,
};

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

static int write_model(struct ir_loaded *m, struct ir_run *run)
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

static int look(struct ir_loaded *m, struct ir_run *run)
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
    int rc = ir_run_print(run, b.data);
    ir_buf_free(&b);
    return rc;
}

int main(int argc, char **argv)
{
    static const char *const formats[] = {"irt", "safetensors", "npz", "pt", "h5", "net"};
    struct ir_loaded m = {0};
    struct ir_run run;

    ir_kern_settle();
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    if (run.n_files > 1) {
        ir_fail(&run.err, "%zu files, wanted one", run.n_files);
        return ir_run_finish(&run, -2);
    }
    if (opt.share_given && !opt.mean) {
        ir_fail(&run.err, "--share wants --mean");
        return ir_run_finish(&run, -2);
    }
    opt.load.from = formats[opt.from];
    int rc = ir_loaded_read(&opt.load, run.n_files ? run.files[0] : "-", &m, &run);
    if (rc == 0 && opt.mean)
        rc = ir_net_mean(m.net, opt.mean, opt.share, &run.err);
    if (rc == 0 && opt.keep)
        rc = ir_loaded_keep(&m, opt.keep, &run.err);
    if (rc == 0 && opt.shift)
        rc = ir_net_shift(m.net, opt.shift, &run.err);
    if (rc == 0)
        rc = opt.look || (!run.output && opt.to == TO_IRT && isatty(1)) ? look(&m, &run)
                                                                        : write_model(&m, &run);
    ir_loaded_free(&m);
    ir_strs_free(&opt.load.set_header);
    return ir_run_finish(&run, rc);
}
