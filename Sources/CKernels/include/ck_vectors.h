/// Loops over vectors that are bound by arithmetic without vector instructions.
#ifndef CK_VECTORS_H
#define CK_VECTORS_H

#include <stddef.h>

/// The largest magnitude of `count` elements, 0 of none; NaN if an element is NaN.
double ck_largest_magnitude(size_t count, const double *x);

#endif
