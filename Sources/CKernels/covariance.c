#include "ck_covariance.h"

#include <math.h>

#include "ck_clones.h"

#pragma STDC FP_CONTRACT OFF

enum { LANES = 8 };

static inline double lane_sum(const double *s) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

CK_CLONES
double ck_weighted_sum(size_t count, const double *restrict x, const double *restrict weights) {
  double s[LANES] = {0};
  const size_t whole = count - count % LANES;
  if (weights) {
    for (size_t i = 0; i < whole; i += LANES) {
      for (size_t l = 0; l < LANES; l++) {
        s[l] += x[i + l] * weights[i + l];
      }
    }
    for (size_t i = whole; i < count; i++) {
      s[i - whole] += x[i] * weights[i];
    }
  } else {
    for (size_t i = 0; i < whole; i += LANES) {
      for (size_t l = 0; l < LANES; l++) {
        s[l] += x[i + l];
      }
    }
    for (size_t i = whole; i < count; i++) {
      s[i - whole] += x[i];
    }
  }
  return lane_sum(s);
}

CK_CLONES
void ck_centre(size_t count, const double *restrict x, double shift, const double *restrict scales,
               double *restrict out) {
  if (scales) {
    for (size_t i = 0; i < count; i++) {
      out[i] = (x[i] - shift) * scales[i];
    }
  } else {
    for (size_t i = 0; i < count; i++) {
      out[i] = x[i] - shift;
    }
  }
}

CK_CLONES
void ck_multiply(size_t count, const double *restrict x, double *restrict y) {
  for (size_t i = 0; i < count; i++) {
    y[i] *= x[i];
  }
}

CK_CLONES
void ck_add_products(size_t count, double factor, const double *restrict x,
                     const double *restrict y, double *restrict out) {
  for (size_t i = 0; i < count; i++) {
    out[i] += factor * (x[i] * y[i]);
  }
}

CK_CLONES
void ck_add_squares(size_t count, const double *restrict x, double shift,
                    double *restrict squares) {
  for (size_t i = 0; i < count; i++) {
    const double y = x[i] - shift;
    squares[i] += y * y;
  }
}

CK_CLONES
double ck_add_powers(size_t count, const double *restrict x, double shift, double factor,
                     double *restrict squares, double *restrict cubes) {
  double s[LANES] = {0};
  const size_t whole = count - count % LANES;
  for (size_t i = 0; i < whole; i += LANES) {
    for (size_t l = 0; l < LANES; l++) {
      const double y = x[i + l] - shift;
      const double y2 = y * y;
      squares[i + l] += y2;
      cubes[i + l] += factor * (y2 * y);
      s[l] += y2 * y2;
    }
  }
  for (size_t i = whole; i < count; i++) {
    const double y = x[i] - shift;
    const double y2 = y * y;
    squares[i] += y2;
    cubes[i] += factor * (y2 * y);
    s[i - whole] += y2 * y2;
  }
  return lane_sum(s);
}

CK_CLONES
void ck_factor_moments(size_t count, const double *restrict x, double shift,
                       const double *restrict factor, double *restrict squares, double sums[3]) {
  double s4[LANES] = {0}, s31[LANES] = {0}, s22[LANES] = {0};
  const size_t whole = count - count % LANES;
  for (size_t i = 0; i < whole; i += LANES) {
    for (size_t l = 0; l < LANES; l++) {
      const double y = x[i + l] - shift;
      const double y2 = y * y;
      const double yf = y * factor[i + l];
      squares[i + l] += y2;
      s4[l] += y2 * y2;
      s31[l] += y2 * yf;
      s22[l] += yf * yf;
    }
  }
  for (size_t i = whole; i < count; i++) {
    const double y = x[i] - shift;
    const double y2 = y * y;
    const double yf = y * factor[i];
    squares[i] += y2;
    s4[i - whole] += y2 * y2;
    s31[i - whole] += y2 * yf;
    s22[i - whole] += yf * yf;
  }
  sums[0] = lane_sum(s4);
  sums[1] = lane_sum(s31);
  sums[2] = lane_sum(s22);
}

// With u = √gain x the products uᵢuⱼ commute, so both triangles get the same bits.
CK_CLONES
void ck_decay_rank_one(size_t n, double decay, double gain, const double *restrict x,
                       double *restrict a, double *restrict scratch) {
  const double root = sqrt(gain);
  for (size_t i = 0; i < n; i++) {
    scratch[i] = root * x[i];
  }
  for (size_t j = 0; j < n; j++) {
    double *restrict column = a + j * n;
    const double u = scratch[j];
    for (size_t i = 0; i < n; i++) {
      column[i] = decay * column[i] + scratch[i] * u;
    }
  }
}

CK_CLONES
void ck_threshold_bits(size_t count, const double *restrict x, double threshold,
                       uint64_t *restrict active, uint64_t *restrict sign) {
  for (size_t start = 0; start < count; start += 64) {
    const size_t end = count - start < 64 ? count : start + 64;
    uint64_t a = 0, s = 0;
    for (size_t t = start; t < end; t++) {
      a |= (uint64_t)(fabs(x[t]) >= threshold) << (t - start);
      s |= (uint64_t)(x[t] > 0) << (t - start);
    }
    active[start / 64] = a;
    sign[start / 64] = s;
  }
}

CK_CLONES
void ck_concordance(size_t words, const uint64_t *restrict active, const uint64_t *restrict sign,
                    size_t count, const uint64_t *restrict actives,
                    const uint64_t *restrict signs, int64_t *restrict both,
                    int64_t *restrict opposed) {
  for (size_t k = 0; k < count; k++) {
    const uint64_t *a = actives + k * words;
    const uint64_t *s = signs + k * words;
    int64_t common = 0, different = 0;
    for (size_t w = 0; w < words; w++) {
      const uint64_t shared = active[w] & a[w];
      common += __builtin_popcountll(shared);
      different += __builtin_popcountll(shared & (sign[w] ^ s[w]));
    }
    both[k] = common;
    opposed[k] = different;
  }
}
