/* blas.h - between the file that knows BLAS and the one that keeps its surroundings. */
#ifndef IR_KERN_BLAS_H
#define IR_KERN_BLAS_H

#include <stdbool.h>

/* Is there address space for BLAS on that many threads? It tries for ever where there is none. */
bool ir_blas_room(unsigned threads);

#endif
