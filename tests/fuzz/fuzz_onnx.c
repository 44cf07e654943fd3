/* fuzz_onnx.c - the ONNX writer on random networks: each byte asks for one more layer, which stays
 * when the network can be planned with it. With FUZZ_ONNX=FOLDER the files are kept there, as
 * N.onnx, for a checker. */
#include "convert.h"
#include "fuzz.h"
#include "net.h"

#define LAYERS_MAX 8
#define MEMORY_MAX ((size_t)32 << 20)

static const char *const layer[] = {"conv2d out=3 kernel=3 pad=1",
                                    "conv2d out=4 kernel=3x1 stride=2 groups=1 bias=no",
                                    "conv2d out=2 kernel=1 dilation=1",
                                    "conv1d out=3 kernel=3 pad=1",
                                    "conv1d out=2 kernel=2 stride=2 dilation=2",
                                    "batchnorm",
                                    "layernorm axis=channel",
                                    "layernorm",
                                    "maxpool2d size=2",
                                    "maxpool2d size=2x1 stride=1",
                                    "avgpool2d size=2",
                                    "maxpool1d size=2",
                                    "avgpool1d size=3",
                                    "pad2d before=1x0 after=0x2",
                                    "relu",
                                    "elu alpha=0.7",
                                    "leakyrelu slope=0.2",
                                    "sigmoid",
                                    "tanh",
                                    "swish",
                                    "hardswish",
                                    "dropout p=0.3",
                                    "softmax axis=channel",
                                    "softmax",
                                    "global kind=max axis=time",
                                    "global kind=mean axis=0",
                                    "global kind=maxmean",
                                    "flatten keep=time",
                                    "flatten keep=channel",
                                    "flatten",
                                    "transpose",
                                    "transpose order=1,0",
                                    "transpose order=2,1,0",
                                    "reshape to=-x2",
                                    "reshape to=2x-x1",
                                    "gru out=3",
                                    "gru out=2 bidirectional=yes return=last",
                                    "lstm out=2 bidirectional=yes",
                                    "lstm out=3 return=last",
                                    "attention",
                                    "attention heads=channels",
                                    "standardize",
                                    "dense out=5",
                                    "add start now",
                                    "concat start now axis=0",
                                    "mul now now"};
static const char *const input[] = {"start = input feature channels=1 bands=6 frames=10",
                                    "start = input feature channels=2 bands=5 frames=7",
                                    "start = input feature channels=1 bands=4 frames=any",
                                    "start = input audio channels=1 samples=64",
                                    "start = input feature x shape=9"};
static const char *const loss[] = {"loss ce", "loss bce"};
#define PICK(table, byte) ((table)[(byte) % (sizeof(table) / sizeof *(table))])

/* The network of these lines with an end behind them, planned; NULL when it cannot be. */
static struct ir_net *plan(const struct ir_buf *lines, const char *last)
{
    struct ir_err err;
    struct ir_buf whole = {0};
    struct ir_strs classes = {0};
    struct ir_shape shape[4];
    ir_strs_add(&classes, "flute");
    ir_strs_add(&classes, "violin");
    ir_strs_add(&classes, "tuba");
    ir_buf_printf(&whole, "%sflatten\ndense out=classes\n%s\n", lines->data, last);
    struct ir_net *net = ir_net_parse(whole.data, whole.len, "random.net", &classes, &err);
    if (net != NULL) {
        ir_net_shapes(net, 12, shape);
        if (ir_net_plan(net, 1, shape, false, NULL, MEMORY_MAX, &err) != 0) {
            ir_net_free(net);
            net = NULL;
        }
    }
    ir_buf_free(&whole);
    ir_strs_free(&classes);
    return net;
}

static void write_onnx(struct ir_net *net)
{
    static unsigned count;
    struct ir_err err;
    struct ir_meta head = {0};
    const char *folder = getenv("FUZZ_ONNX");
    char path[4096];
    int fd = -1;
    ir_meta_set(&head, "classes", "flute violin tuba");
    ir_meta_set(&head, "calibration", "temperature 1.5");
    ir_net_init(net, 1);
    if (folder != NULL)
        snprintf(path, sizeof path, "%s/%u.onnx", folder, ++count);
    else
        fd = fuzz_file("", 0, path);
    (void)ir_onnx_write(path, net, &head, &err);
    if (fd >= 0)
        close(fd);
    ir_meta_free(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ir_buf lines = {0};
    if (n < 3)
        return 0;
    ir_buf_printf(&lines, "%s\n", PICK(input, bytes[0]));
    const char *last = PICK(loss, bytes[1]);
    struct ir_net *net = plan(&lines, last);
    int now = 0;
    for (size_t i = 2; i < n && i < 2 + LAYERS_MAX && net != NULL; i++) {
        const char *word = PICK(layer, bytes[i]), *at;
        size_t was = lines.len;
        ir_buf_printf(&lines, "l%d = ", now + 1);
        while ((at = strstr(word, "now")) != NULL) { /* the layer before */
            ir_buf_add(&lines, word, (size_t)(at - word));
            ir_buf_printf(&lines, now > 0 ? "l%d" : "start", now);
            word = at + 3;
        }
        ir_buf_printf(&lines, "%s\n", word);
        struct ir_net *more = plan(&lines, last);
        if (more != NULL) {
            ir_net_free(net);
            net = more;
            now++;
        } else {
            lines.len = was;
            lines.data[was] = '\0';
        }
    }
    if (net != NULL) {
        write_onnx(net);
        ir_net_free(net);
    }
    ir_buf_free(&lines);
    return 0;
}
