/* yaml.h - reading YAML: a small opaque tree. The only file with <yaml.h> is lib/label/yaml.c. */
#ifndef IR_LABEL_YAML_H
#define IR_LABEL_YAML_H

#include "../base.h"

/* A document; nodes are numbers, 0 is "not there" and may be asked for anything. */
struct ir_yaml;

/* The first document of a file of at most 16 MiB. NULL and "file:line: …" on failure. */
struct ir_yaml *ir_yaml_read(const char *path, struct ir_err *err);
void ir_yaml_free(struct ir_yaml *y); /* NULL is fine */
int ir_yaml_root(const struct ir_yaml *y);
/* Value of a key in a mapping, 0 when there is none. */
int ir_yaml_get(const struct ir_yaml *y, int map, const char *key);
/* Text of a scalar, NULL for everything else; owned by the document. */
const char *ir_yaml_text(const struct ir_yaml *y, int node);
bool ir_yaml_is_map(const struct ir_yaml *y, int node);
/* Pairs of a mapping or items of a sequence. */
size_t ir_yaml_count(const struct ir_yaml *y, int node);
/* The i-th value; *key (may be NULL) is the text of its key, NULL in sequences. */
int ir_yaml_at(const struct ir_yaml *y, int node, size_t i, const char **key);

#endif
