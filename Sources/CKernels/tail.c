#include "ck_tail.h"

#include "ck_clones.h"

#define CK_TAIL_BLOCK 32

// Most blocks of a sample hold nothing of its tail: a block is counted by vector instructions, and only
// where something is found copied, without a branch for each element.
CK_CLONES
size_t ck_gather_tail(size_t count, const double *x, double threshold, double *out,
                      size_t capacity) {
  size_t found = 0, i = 0;
  for (; i + CK_TAIL_BLOCK <= count; i += CK_TAIL_BLOCK) {
    long long hits = 0;
    for (int j = 0; j < CK_TAIL_BLOCK; j++) hits += x[i + j] >= threshold;
    if (!hits) continue;
    if (found > capacity) return found;
    for (int j = 0; j < CK_TAIL_BLOCK; j++) {
      out[found] = x[i + j];
      found += x[i + j] >= threshold;
    }
  }
  for (; i < count && found <= capacity; i++) {
    out[found] = x[i];
    found += x[i] >= threshold;
  }
  return found;
}
