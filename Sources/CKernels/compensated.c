#include "CKernels.h"

#include <math.h>
#include <string.h>

#include "ck_clones.h"
#include "ck_lanes.h"

// Contraction is off, the one fused operation is written out, so that all instruction sets give the
// same bits.
#pragma STDC FP_CONTRACT OFF

#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_fma)
#define FMA8(a, b, c) __builtin_elementwise_fma(a, b, c)
#endif
#endif
#ifndef FMA8
#define FMA8(a, b, c)                                                                              \
  ((ck_v8){fma((a)[0], (b)[0], (c)[0]), fma((a)[1], (b)[1], (c)[1]), fma((a)[2], (b)[2], (c)[2]),  \
        fma((a)[3], (b)[3], (c)[3]), fma((a)[4], (b)[4], (c)[4]), fma((a)[5], (b)[5], (c)[5]),     \
        fma((a)[6], (b)[6], (c)[6]), fma((a)[7], (b)[7], (c)[7])})
#endif
#define FMA1(a, b, c) __builtin_fma(a, b, c)

// (high, low) += a b, by TwoProduct and TwoSum.
#define ADD_PRODUCT(T, FMA, high, low, a, b)                                                       \
  do {                                                                                             \
    const T a_ = (a), b_ = (b), h_ = (high);                                                       \
    const T p_ = a_ * b_;                                                                          \
    const T s_ = h_ + p_;                                                                          \
    const T t_ = s_ - h_;                                                                          \
    (low) += ((h_ - (s_ - t_)) + (p_ - t_)) + FMA(a_, b_, -p_);                                    \
    (high) = s_;                                                                                   \
  } while (0)

// high[i], low[i] += a[i] x over a run.
#define ADD_COLUMN(count, a, x, high, low)                                                         \
  do {                                                                                             \
    const size_t count_ = (count);                                                                 \
    const double *restrict c_ = (a);                                                               \
    double *restrict H_ = (high), *restrict L_ = (low);                                            \
    const ck_v8 x8_ = (ck_v8){0} + (x);                                                            \
    size_t i_ = 0;                                                                                 \
    for (; i_ + 8 <= count_; i_ += 8) {                                                            \
      ck_v8 h8_ = *(const ck_v8u *)(H_ + i_), l8_ = *(const ck_v8u *)(L_ + i_);                    \
      ADD_PRODUCT(ck_v8, FMA8, h8_, l8_, *(const ck_v8u *)(c_ + i_), x8_);                         \
      *(ck_v8u *)(H_ + i_) = h8_;                                                                  \
      *(ck_v8u *)(L_ + i_) = l8_;                                                                  \
    }                                                                                              \
    for (; i_ < count_; i_++) ADD_PRODUCT(double, FMA1, H_[i_], L_[i_], c_[i_], (x));              \
  } while (0)

// result = Σ a[i] y[i] over a run.
#define DOT(result, count, a, y)                                                                   \
  do {                                                                                             \
    const size_t count_ = (count);                                                                 \
    const double *c_ = (a), *y_ = (y);                                                             \
    ck_v8 h8_ = {0}, l8_ = {0};                                                                    \
    double h1_ = 0, l1_ = 0;                                                                       \
    size_t i_ = 0;                                                                                 \
    for (; i_ + 8 <= count_; i_ += 8)                                                              \
      ADD_PRODUCT(ck_v8, FMA8, h8_, l8_, *(const ck_v8u *)(c_ + i_), *(const ck_v8u *)(y_ + i_));  \
    for (; i_ < count_; i_++) ADD_PRODUCT(double, FMA1, h1_, l1_, c_[i_], y_[i_]);                 \
    for (int k_ = 0; k_ < 8; k_++) {                                                               \
      ADD_PRODUCT(double, FMA1, h1_, l1_, h8_[k_], 1.0);                                           \
      l1_ += l8_[k_];                                                                              \
    }                                                                                              \
    (result) = h1_ + l1_;                                                                          \
  } while (0)

CK_CLONES void ck_compensated_product(
    size_t m, size_t n, const double *a, size_t lda, const double *x, double *high, double *low) {
  // The sums of a run of rows stay in the nearest cache.
  for (size_t first = 0; first < m; first += 512) {
    const size_t count = m - first < 512 ? m - first : 512;
    for (size_t j = 0; j < n; j++) {
      if (x[j] == 0) continue;
      ADD_COLUMN(count, a + first + j * lda, x[j], high + first, low + first);
    }
  }
}

CK_CLONES void ck_compensated_transposed_product(
    size_t m, size_t n, const double *a, size_t lda, const double *y, double *out) {
  for (size_t j = 0; j < n; j++) DOT(out[j], m, a + j * lda, y);
}

CK_CLONES void ck_compensated_sparse_product(
    size_t columns, const ptrdiff_t *starts, const int32_t *rows, const double *values,
    const double *x, double *high, double *low) {
  for (size_t j = 0; j < columns; j++) {
    const size_t first = (size_t)starts[j], count = (size_t)(starts[j + 1] - starts[j]);
    if (count == 0 || x[j] == 0) continue;
    const int32_t top = rows[first];
    if (count >= 8 && (size_t)(rows[first + count - 1] - top) == count - 1) {
      ADD_COLUMN(count, values + first, x[j], high + top, low + top);
    } else {
      for (size_t k = first; k < first + count; k++)
        ADD_PRODUCT(double, FMA1, high[rows[k]], low[rows[k]], values[k], x[j]);
    }
  }
}

CK_CLONES void ck_compensated_sparse_transposed_product(
    size_t columns, const ptrdiff_t *starts, const int32_t *rows, const double *values,
    const double *y, double *out) {
  for (size_t j = 0; j < columns; j++) {
    const size_t first = (size_t)starts[j], count = (size_t)(starts[j + 1] - starts[j]);
    if (count >= 8 && (size_t)(rows[first + count - 1] - rows[first]) == count - 1) {
      DOT(out[j], count, values + first, y + rows[first]);
    } else {
      double high = 0, low = 0;
      for (size_t k = first; k < first + count; k++)
        ADD_PRODUCT(double, FMA1, high, low, values[k], y[rows[k]]);
      out[j] = high + low;
    }
  }
}

CK_CLONES int ck_all_finite(const double *x, size_t count) {
  const uint64_t exponent = 0x7FF0000000000000ULL;
  for (size_t first = 0; first < count; first += 1024) {
    const size_t end = count - first < 1024 ? count : first + 1024;
    uint64_t bad = 0;
    for (size_t i = first; i < end; i++) {
      uint64_t bits;
      memcpy(&bits, x + i, sizeof bits);
      bad |= (uint64_t)((bits & exponent) == exponent);
    }
    if (bad) return 0;
  }
  return 1;
}

CK_CLONES int ck_is_symmetric(const double *a, size_t n) {
  enum { tile = 16 };
  for (size_t j0 = 0; j0 < n; j0 += tile) {
    const size_t j1 = n - j0 < tile ? n : j0 + tile;
    for (size_t i0 = 0; i0 <= j0; i0 += tile) {
      const size_t i1 = n - i0 < tile ? n : i0 + tile;
      int differs = 0;
      for (size_t j = j0; j < j1; j++)
        for (size_t i = i0; i < i1; i++) differs |= a[i + j * n] != a[j + i * n];
      if (differs) return 0;
    }
  }
  return 1;
}
