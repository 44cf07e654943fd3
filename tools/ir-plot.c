/* ir-plot - pictures of features, sound, training, scores, predictions and models, as SVG or PNG; a
 * page to listen to. */
#include "page.h"
#include "plot.h"
#include "tool.h"

#include <string.h>

enum { AUTO, SVG, PNG };

static int format;
static double scale;
static struct ir_draw draw;
static struct ir_page_opts page;
static struct ir_run run;

static const struct ir_opt opts[] = {
    IR_CHOICE('k', "kind", &draw.kind, "KIND", IR_DRAW_KINDS,
              "what to draw; default: what the first file holds"),
    IR_CHOICE('f', "format", &format, "FORMAT", "auto|svg|png",
              "auto: PNG when the output file ends in .png, else SVG", .def = "auto"),
    IR_REAL(0, "scale", &scale, "N", 0.5, 8, "resolution of PNG", .unit = "pixels a point",
            .def = "2"),
    IR_STR('i', "id", &draw.id, "ID",
           "the clip (or, for a timeline, the path) to draw; default: the first"),
    IR_STR(0, "title", &draw.title, "TEXT", "line above the picture"),
    IR_FLAG(0, "embed", &page.embed,
            "page: put the sound into it, in place of a link to where the sound is"),
    IR_STR(
        0, "columns", &draw.columns, "NAMES",
        "curves: columns of the log to draw, separated by commas; default: all losses, all scores"),
    IR_STR(0, "metric", &draw.metric, "NAME", "bars: metric of a score table", .def = "f1"),
    IR_STR(0, "label", &draw.label, "TEXT", "name and unit of the drawn values"),
    IR_STR('p', "param", &draw.param, "NAME",
           "filters, spectra: parameter of the model; default: the first convolution"),
    IR_INT('n', "count", &draw.count, "N", 1, 4096,
           "filters: how many, evenly chosen by peak frequency", .def = "32"),
    IR_INT('C', "channel", &draw.channel, "N", -1, 63,
           "input channel of filters and waves; -1: mean of all", .def = "-1"),
    IR_REAL('r', "rate", &draw.rate_hz, "HZ", 1, 768000,
            "rate of the filters when the model does not say it", .unit = "Hz"),
    IR_REAL(0, "lowpass", &draw.cutoff_hz, "HZ", 1, 384000,
            "filters: smooth above this frequency before drawing", .unit = "Hz"),
};

static const struct ir_renamed renamed[] = {{"s", "--scale"},  {"t", "--title"}, {"c", "--columns"},
                                            {"m", "--metric"}, {"l", "--label"}, {NULL, NULL}};

static const struct ir_tool tool = {
    .name = "ir-plot",
    .operands = "[FILE…]",
    .summary = "draw a picture of a stream, a training log or a score table",
    .examples =
        "ir-plot -k spectrogram -o clip.svg clips.mel.irt        features, the first clip\n"
        "ir-plot -k wave -i flute_A4 -o wave.png clips.audio.irt sound\n"
        "ir-plot -k curves -o curves.svg train.log other.log     logs of ir-train\n"
        "ir-plot -k confusion -o confusion.svg run.score.tsv     or predictions, *.pred.irt\n"
        "ir-plot -k bars --metric recall -o recall.svg run.score.tsv   a metric of each class\n"
        "ir-plot -k bars -o mean.svg run.pred.irt                mean probability of the true "
        "class\n"
        "ir-plot -k filters --lowpass 5000 -o fig5.svg m.model.irt\n"
        "ir-plot -k spectra -o fig4.svg m.model.irt              peaks of a first layer, sorted\n"
        "ir-plot -k timeline -o song.svg song.pred.irt           instruments over a recording\n"
        "ir-plot -k page -o song.html song.mp3 song.pred.irt     to listen, look and take along\n",
    .opts = opts,
    .groups = "what to draw: kind id columns metric\n"
              "how: format scale title label\n"
              "filters and waves: param count channel rate lowpass\n"
              "pages: embed\n",
    .n_opts = sizeof opts / sizeof *opts,
    .renamed = renamed,
};

static int write_picture(const struct ir_canvas *c)
{
    size_t n = run.output ? strlen(run.output) : 0;
    bool png =
        format == PNG || (format == AUTO && n > 4 && strcmp(run.output + n - 4, ".png") == 0);
    struct ir_buf b = {0};
    int rc = 0;
    if (png)
        rc = ir_canvas_png(c, scale, &b, &run.err);
    else
        ir_canvas_svg(c, &b);
    struct ir_out *o = rc == 0 ? ir_out_open(run.output, png, &run.err) : NULL;
    rc = o ? ir_out_write(o, b.data, b.len, &run.err) : -1;
    if (rc == 0)
        rc = ir_out_commit(o, &run.err);
    else
        ir_out_abort(o);
    ir_buf_free(&b);
    return rc;
}

int main(int argc, char **argv)
{
    int status = ir_run_start(&run, &tool, argc, argv);
    if (status >= 0)
        return status;
    draw.files = run.files;
    draw.n_files = run.n_files;
    if (draw.kind < 0)
        draw.kind = ir_draw_guess(&draw, &run.err);
    if (draw.kind < 0)
        return ir_run_finish(&run, -2);
    if (draw.kind == IR_DRAW_PAGE) {
        page.title = draw.title;
        return ir_run_finish(&run, ir_page_run(&run, &page));
    }
    struct ir_canvas *c = ir_draw(&draw, &run.err);
    int rc = c ? write_picture(c) : -1;
    ir_canvas_free(c);
    return ir_run_finish(&run, rc);
}
