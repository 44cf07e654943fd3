/* ir-train - train a network on a stream of clips. */
#include "kern.h"
#include "learn.h"
#include "tool.h"
#include "train.h"

static struct ir_train_options o;

static const struct ir_opt opts[] = {
    IR_INT('e', "epochs", &o.epochs, "N", 1, 1e6, "passes over the training clips", .def = "30"),
    IR_INT('b', "batch", &o.batch, "N", 1, 65536, "clips in one update", .def = "32"),
    IR_INT(
        0, "parts", &o.parts, "P", 1, 65536,
        "cut each batch into so many parts, each with batchnorm statistics of its own; P divides "
        "the memory for a batch, and says how many ranks of ir-train-mpi can share it",
        .def = "1"),
    IR_REAL(0, "lr", &o.lr, "RATE", 0, 1e30, "learning rate (default: that of the optimiser)",
            .given = &o.lr_given),
    IR_WORD(0, "optim", &o.optim, "NAME,KEY=V", ir_optim_names, "optimiser with its settings",
            .def = "adam"),
    IR_WORD(0, "schedule", &o.schedule, "NAME,KEY=V", ir_schedule_names,
            "learning rate over time, each with warmup=UPDATES", .def = "constant"),
    IR_REAL(0, "decay", &o.decay, "L2", 0, 1e6, "weight decay", .def = "0"),
    IR_REAL(0, "clip-norm", &o.clip_norm, "N", 0, 1e9,
            "shorten the gradient to this norm (0: never)", .def = "0"),
    IR_REAL(0, "clip-value", &o.clip_value, "V", 0, 1e9,
            "cut each gradient to this size (0: never)", .def = "0"),
    IR_CHOICE(0, "best", &o.best, "MEASURE", "loss|accuracy|macro-f1|micro-f1|map",
              "keep the model that is best on the validation clips by this", .def = "loss"),
    IR_INT(0, "patience", &o.patience, "N", 0, 1e6,
           "stop after so many epochs without a better model (0: never)", .unit = "epochs",
           .def = "0"),
    IR_STR(0, "train-split", &o.train_split, "NAMES",
           "splits to train on, separated by commas; clips without a split always train",
           .def = "train"),
    IR_STR(0, "valid-split", &o.valid_split, "NAMES", "splits to choose the model on",
           .def = "valid,validation"),
    IR_REAL(0, "valid-fraction", &o.valid_fraction, "SHARE", 0, 0.9,
            "take this share of the training groups for validation", .def = "0"),
    IR_JOBS(&o.threads),
    IR_INT(0, "memory", &o.memory_mb, "MB", 0, 1e9,
           "refuse to take more memory for the network (0: that of the machine)", .unit = "MB",
           .def = "0", .no_bytes = true),
    IR_STR(0, "log", &o.log, "FILE", "write the learning curve as TSV", .no_bytes = true,
           .file = IR_FILE_WRITTEN),
    IR_STR(0, "checkpoint", &o.checkpoint, "FILE",
           "keep the state of training here (and the one before in FILE.old)", .no_bytes = true,
           .file = IR_FILE_WRITTEN),
    IR_REAL(0, "checkpoint-every", &o.every_s, "S", 0, 1e9, "also within an epoch, so often",
            .unit = "s", .def = "300", .no_bytes = true),
    IR_FLAG(0, "resume", &o.resume, "go on from the checkpoint: same bytes as if never stopped",
            .no_bytes = true),
    IR_STR(0, "init-from", &o.init_from, "MODEL",
           "start from the parameters of MODEL that fit by name and shape", .file = IR_FILE_READ),
    IR_LIST(0, "freeze", &o.freeze, "PATTERN",
            "leave parameters of such names as they are (shell pattern, may be repeated)"),
    IR_LIST(0, "lr-scale", &o.lr_scale, "PATTERN=F",
            "learning rate of parameters of such names times F (may be repeated)"),
    IR_WORD(0, "learner", &o.learner, "NAME [KEY=V…]", ir_learner_names,
            "a classic learner on feature vectors instead of a network"),
    IR_FLAG(0, "plan", &o.plan,
            "print layers, shapes, parameters, multiply-adds and convolution routes, and stop",
            .no_bytes = true),
    IR_FLAG(0, "list", &o.list,
            "print every layer, loss, optimiser, schedule and learner with its settings, and end",
            .no_bytes = true),
    IR_STR(0, "classes", &o.classes, "NAMES", "class names for --plan when no stream is read",
           .no_bytes = true),
    IR_INT(0, "length", &o.length, "N", 1, 1e9,
           "size of axes that are `any` for --plan when no stream is read", .no_bytes = true,
           .def = "128"),
};

static const struct ir_tool tool = {
    .name = "ir-train",
    .operands = "NET [FILE…]",
    .summary = "train the network described in NET on the clips of a tensor stream",
    .examples = "ir-label philharmonia DIR | ir-decode | ir-mel --preset librosa > all.mel.irt\n"
                "ir-train --epochs 30 --optim rmsprop cnn.net all.mel.irt -o cnn.model.irt\n"
                "ir-train --plan --classes 'flute violin' cnn.net\n",
    .opts = opts,
    .groups = "what is learnt: learner init-from freeze lr-scale classes length plan list\n"
              "steps: epochs batch parts lr optim schedule decay clip-norm clip-value\n"
              "which epoch counts: best patience train-split valid-split valid-fraction\n"
              "going on: log checkpoint checkpoint-every resume\n"
              "how it is computed: jobs memory\n",
    .n_opts = sizeof opts / sizeof *opts,
};

static int print_list(struct ir_run *run)
{
    struct ir_buf b = {0};
    ir_net_list(&b);
    ir_train_list(&b);
    ir_learner_list(&b);
    int rc = ir_run_print(run, b.data);
    ir_buf_free(&b);
    return rc;
}

int main(int argc, char **argv)
{
    struct ir_run run;
    struct ir_tool named = tool;
    named.history = tool.name;
    named.name = ir_ranks_program();
    ir_kern_settle();
    ir_ranks_start(argc, argv);
    ir_run_mute(ir_ranks_rank() > 0);
    int status = ir_run_start(&run, &named, argc, argv);
    if (status >= 0) {
        ir_ranks_meet(status, &run.err);
        ir_ranks_end();
        return status;
    }
    bool alone = false;
    run.quiet = run.quiet || ir_ranks_rank() > 0;
    int rc = !o.list                ? ir_train_session(&run, &o, &alone)
             : ir_ranks_rank() == 0 ? print_list(&run)
                                    : 0;
    ir_run_mute(ir_ranks_rank() > 0 && !alone);
    status = ir_run_finish(&run, rc); /* it speaks before another's failure can end it */
    if (alone)
        ir_ranks_kill(status);
    ir_ranks_end();
    return status;
}
