// Vectors of eight doubles. Whether products and sums are contracted is the matter of each file.
#ifndef CK_LANES_H
#define CK_LANES_H

#include <stdint.h>

typedef double ck_v8 __attribute__((vector_size(64)));
typedef double ck_v8u __attribute__((vector_size(64), aligned(8)));
typedef int64_t ck_i8 __attribute__((vector_size(64)));

#define CK_SPLAT(a) ((ck_v8){0} + (a))
#define CK_LOAD(p) (*(const ck_v8u *)(p))
#define CK_STORE(p, a) (*(ck_v8u *)(p) = (a))

#endif
