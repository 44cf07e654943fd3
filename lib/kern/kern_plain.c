/* kern_plain.c - the kernels for any processor. */
#define IR_SIMD 0
#define IR_KERN ir_kern_plain
#include "kern_body.h"
