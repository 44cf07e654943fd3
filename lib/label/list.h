/* list.h - what the parts of the list code share: column names, the check that names the bad item.
 */
#ifndef IR_LABEL_LIST_H
#define IR_LABEL_LIST_H

#include "../label.h"

#define IR_LIST_MAGIC "#irt-list 1"

/* Whether a further column or --set may have this name: legal in a stream's metadata, and no key
 * that describes the tensor (name, rate, axes, hop, offset, epoch, clip). */
bool ir_list_key_ok(const char *key);

/* As ir_list_check; *bad is the index of the item at fault, SIZE_MAX when it is the head. */
int ir_list_check_at(const struct ir_list *list, size_t *bad, struct ir_err *err);

#endif
