#include "ck_vectors.h"

#include <stdint.h>
#include <string.h>

#include "ck_clones.h"

// Without its sign the bit pattern of a double orders as an integer does, NaN above infinity.
CK_CLONES
double ck_largest_magnitude(size_t count, const double *x) {
  int64_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    int64_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= INT64_MAX;
    largest = bits > largest ? bits : largest;
  }
  double result;
  memcpy(&result, &largest, sizeof result);
  return result;
}
