/* maps_impl.h - what maps.c plans and maps_run.c runs. Private to lib/kern. */
#ifndef IR_KERN_MAPS_IMPL_H
#define IR_KERN_MAPS_IMPL_H

#include "maps.h"
#include "table.h"

enum { IR_ROUTE_DIRECT, IR_ROUTE_DEPTH, IR_ROUTE_WINO3, IR_ROUTE_WINO5 };

#define IR_STRIP 48 /* pixels of a convolution that wait for their pooling */

/* Cells along the side of a Winograd tile's output; 0: no Winograd. */
static inline size_t ir_stage_side(const struct ir_stage *s)
{
    return s->kind != IR_STAGE_CONV     ? 0
           : s->route == IR_ROUTE_WINO3 ? 4
           : s->route == IR_ROUTE_WINO5 ? 2
                                        : 0;
}

#endif
