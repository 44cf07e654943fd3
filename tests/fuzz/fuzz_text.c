/* fuzz_text.c - JSON, CSV, YAML and lists of clips. */
#include "fuzz.h"
#include "json.h"
#include "label.h"
#include "label/csv.h"
#include "label/yaml.h"

static void csv(const char *path)
{
    struct ir_err err;
    struct ir_csv c = {0};
    if (ir_csv_open(&c, path, 0, &err) == 0) {
        if (ir_csv_head(&c, true, &err) == 0)
            while (ir_csv_next(&c, true, &err) == 1)
                ;
        ir_csv_close(&c);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ir_err err;
    struct ir_list list;
    char path[64];
    char *text = malloc(n + 1);
    if (text == NULL)
        return 0;
    memcpy(text, bytes, n);
    text[n] = '\0';
    ir_json_free(ir_json_parse(text, n, "fuzz.json", &err));
    free(text);
    int fd = fuzz_file(bytes, n, path);
    csv(path);
    ir_yaml_free(ir_yaml_read(path, &err));
    if (ir_list_read(path, &list, &err) == 0)
        ir_list_free(&list);
    close(fd);
    return 0;
}
