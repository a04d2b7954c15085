#include "ck_tail.h"

#include <stdint.h>
#include <string.h>

#include "ck_clones.h"

#define CK_TAIL_BLOCK 32

// Most blocks of a sample hold nothing of its tail: a block is counted by vector instructions, and only
// where something is found copied, without a branch for each element.
CK_CLONES
size_t ck_gather_tail(size_t count, const double *x, double threshold, double *out,
                      size_t capacity, int *all_finite) {
  const uint64_t exponent = 0x7FF0000000000000ULL;
  size_t found = 0, i = 0;
  uint64_t bad = 0;
  for (; i + CK_TAIL_BLOCK <= count; i += CK_TAIL_BLOCK) {
    uint64_t hits = 0;
    for (int j = 0; j < CK_TAIL_BLOCK; j++) {
      uint64_t bits;
      memcpy(&bits, x + i + j, sizeof bits);
      bad |= (uint64_t)((bits & exponent) == exponent);
      hits |= (uint64_t)(x[i + j] >= threshold);
    }
    if (!hits) continue;
    if (found > capacity) break;
    for (int j = 0; j < CK_TAIL_BLOCK; j++) {
      out[found] = x[i + j];
      found += x[i + j] >= threshold;
    }
  }
  for (; i < count && found <= capacity; i++) {
    uint64_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bad |= (uint64_t)((bits & exponent) == exponent);
    out[found] = x[i];
    found += x[i] >= threshold;
  }
  *all_finite = !bad;
  return found;
}
