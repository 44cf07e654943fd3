/* dict.h - a table from strings to numbers, for duplicate checks and joins by key. */
#ifndef IR_LABEL_DICT_H
#define IR_LABEL_DICT_H

#include "../base.h"

/* Open addressing; keys are copied. {0} is empty. Entries keep the order in which they came. */
struct ir_dict {
    char **key;
    size_t *val;
    size_t n, cap;       /* entries */
    size_t *slot, slots; /* entry + 1, 0 free; slots is a power of two */
};
/* Pointer to the value of key, or NULL. Valid until the next ir_dict_put. */
size_t *ir_dict_get(const struct ir_dict *m, const char *key);
/* Pointer to the value of key; a new key starts with `start`. *fresh (may be NULL) says if it is
 * new. */
size_t *ir_dict_put(struct ir_dict *m, const char *key, size_t start, bool *fresh);
void ir_dict_free(struct ir_dict *m);

/* Sort by bytes, the same in every locale. */
void ir_strs_sort(struct ir_strs *l);

#endif
