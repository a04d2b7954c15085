/// The tail of a sample, gathered in one pass.
#ifndef CK_TAIL_H
#define CK_TAIL_H

#include <stddef.h>

/// Copies the elements that are at least `threshold`, in their order, to `out`, which holds `capacity`
/// + 64 elements, and returns how many there are; stops, and returns more than `capacity`, once there
/// are more. A NaN is not copied; `all_finite` says whether none of the elements read was one, or
/// infinite.
size_t ck_gather_tail(size_t count, const double *x, double threshold, double *out,
                      size_t capacity, int *all_finite);

#endif
