/// Sobol points as words whose top CK_SOBOL_BITS bits are the binary digits of a coordinate.
#ifndef CK_SOBOL_H
#define CK_SOBOL_H

#include <stddef.h>
#include <stdint.h>

enum { CK_SOBOL_DIMENSIONS = 21201, CK_SOBOL_BITS = 52, CK_SOBOL_LEVELS = 32 };

/// The direction numbers of one dimension, 0 ..< CK_SOBOL_DIMENSIONS.
void ck_sobol_directions(uint32_t dimension, uint64_t directions[CK_SOBOL_BITS]);

/// Replaces directions v by Lv over GF(2), with ones on the diagonal of the lower triangular L and
/// the leading bits of random[c] below it in column c.
void ck_sobol_scramble(const uint64_t random[CK_SOBOL_BITS], uint64_t directions[CK_SOBOL_BITS]);

/// One coordinate of the points first ..< first + count, in the order of the Gray code, each digit
/// changed by that of `shift`: multiples of 2⁻⁵², to which `offset` is added.
void ck_sobol_points(const uint64_t directions[CK_SOBOL_BITS], uint64_t shift, uint64_t first,
                     size_t count, double offset, double *out);

/// As ck_sobol_points with the offset 2⁻⁵³, under Owen's nested uniform scrambling: digit i is
/// changed by a pseudorandom bit of the i − 1 digits before it and of the keys of level i, for the
/// first CK_SOBOL_LEVELS digits; what is below them is a pseudorandom function of these.
void ck_sobol_nested_points(const uint64_t directions[CK_SOBOL_BITS],
                            const uint32_t keys[2 * CK_SOBOL_LEVELS + 2], uint64_t first,
                            size_t count, double *out);

#endif
