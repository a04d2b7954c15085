#include "ck_columns.h"

#include <math.h>

#include "ck_clones.h"
#include "ck_lanes.h"

#define SUM(x) (((x)[0] + (x)[4]) + ((x)[1] + (x)[5]) + (((x)[2] + (x)[6]) + ((x)[3] + (x)[7])))
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
// The sums of four vectors, in the elements 0 … 3 and 4 … 7 of one in two parts.
#define SUMS(e, f, g, h)                                                                           \
  PARTS(PICK(e, f, 0, 8, 2, 10, 4, 12, 6, 14) + PICK(e, f, 1, 9, 3, 11, 5, 13, 7, 15),             \
        PICK(g, h, 0, 8, 2, 10, 4, 12, 6, 14) + PICK(g, h, 1, 9, 3, 11, 5, 13, 7, 15))
#define PARTS(ef, gh)                                                                              \
  (PICK(ef, gh, 0, 1, 8, 9, 4, 5, 12, 13) + PICK(ef, gh, 2, 3, 10, 11, 6, 7, 14, 15))

CK_CLONES
void ck_columns_dot(size_t count, size_t length, const double *a, size_t stride, const double *x,
                    double *y) {
  size_t j = 0;
  for (; j + 4 <= count; j += 4) {
    const double *p = a + j * stride, *q = p + stride, *r = q + stride, *s = r + stride;
    ck_v8 e = {0}, f = {0}, g = {0}, h = {0};
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
      const ck_v8 v = CK_LOAD(x + i);
      e += CK_LOAD(p + i) * v;
      f += CK_LOAD(q + i) * v;
      g += CK_LOAD(r + i) * v;
      h += CK_LOAD(s + i) * v;
    }
    const ck_v8 parts = SUMS(e, f, g, h);
    for (int k = 0; k < 4; k++) y[j + k] = parts[k] + parts[k + 4];
    for (; i < length; i++) {
      y[j] += p[i] * x[i];
      y[j + 1] += q[i] * x[i];
      y[j + 2] += r[i] * x[i];
      y[j + 3] += s[i] * x[i];
    }
  }
  for (; j < count; j++) {
    const double *p = a + j * stride;
    ck_v8 e = {0};
    size_t i = 0;
    for (; i + 8 <= length; i += 8) e += CK_LOAD(p + i) * CK_LOAD(x + i);
    y[j] = SUM(e);
    for (; i < length; i++) y[j] += p[i] * x[i];
  }
}

CK_CLONES
void ck_columns_sum(size_t count, size_t length, const double *a, size_t stride, const double *w,
                    double *y) {
  size_t i = 0;
  for (; i + 32 <= length; i += 32) {
    ck_v8 e = {0}, f = {0}, g = {0}, h = {0};
    const double *p = a + i;
    for (size_t j = 0; j < count; j++, p += stride) {
      const ck_v8 v = CK_SPLAT(w[j]);
      e += CK_LOAD(p) * v;
      f += CK_LOAD(p + 8) * v;
      g += CK_LOAD(p + 16) * v;
      h += CK_LOAD(p + 24) * v;
    }
    CK_STORE(y + i, e);
    CK_STORE(y + i + 8, f);
    CK_STORE(y + i + 16, g);
    CK_STORE(y + i + 24, h);
  }
  for (; i < length; i += 8) {
    ck_v8 e = {0}, f = {0};
    const double *p = a + i;
    size_t j = 0;
    for (; j + 2 <= count; j += 2, p += 2 * stride) {
      e += CK_LOAD(p) * CK_SPLAT(w[j]);
      f += CK_LOAD(p + stride) * CK_SPLAT(w[j + 1]);
    }
    if (j < count) e += CK_LOAD(p) * CK_SPLAT(w[j]);
    CK_STORE(y + i, e + f);
  }
}

CK_CLONES
void ck_columns_update(size_t count, size_t length, double *a, size_t stride, const double *w,
                       const double *x) {
  for (size_t j = 0; j < count; j++) {
    double *p = a + j * stride;
    const ck_v8 v = CK_SPLAT(w[j]);
    for (size_t i = 0; i < length; i += 8) CK_STORE(p + i, CK_LOAD(p + i) + CK_LOAD(x + i) * v);
  }
}

// The first column of the next rotation is carried in registers.
CK_CLONES
void ck_columns_rotate(size_t count, size_t length, double *a, size_t stride, const double *c,
                       const double *s) {
  size_t i = 0;
  for (; i + 32 <= length; i += 32) {
    double *p = a + i;
    ck_v8 e = CK_LOAD(p), f = CK_LOAD(p + 8), g = CK_LOAD(p + 16), h = CK_LOAD(p + 24);
    for (size_t j = 0; j < count; j++, p += stride) {
      const ck_v8 cosine = CK_SPLAT(c[j]), sine = CK_SPLAT(s[j]);
      const double *next = p + stride;
      const ck_v8 k = CK_LOAD(next), l = CK_LOAD(next + 8);
      const ck_v8 m = CK_LOAD(next + 16), n = CK_LOAD(next + 24);
      CK_STORE(p, cosine * e + sine * k);
      CK_STORE(p + 8, cosine * f + sine * l);
      CK_STORE(p + 16, cosine * g + sine * m);
      CK_STORE(p + 24, cosine * h + sine * n);
      e = cosine * k - sine * e;
      f = cosine * l - sine * f;
      g = cosine * m - sine * g;
      h = cosine * n - sine * h;
    }
    CK_STORE(p, e);
    CK_STORE(p + 8, f);
    CK_STORE(p + 16, g);
    CK_STORE(p + 24, h);
  }
  for (; i < length; i += 8) {
    double *p = a + i;
    ck_v8 e = CK_LOAD(p);
    for (size_t j = 0; j < count; j++, p += stride) {
      const ck_v8 cosine = CK_SPLAT(c[j]), sine = CK_SPLAT(s[j]), k = CK_LOAD(p + stride);
      CK_STORE(p, cosine * e + sine * k);
      e = cosine * k - sine * e;
    }
    CK_STORE(p, e);
  }
}

// Blocks of 8 columns: within a block the solution waits for itself, above it there is one product.
CK_CLONES
void ck_solve_upper(size_t n, const double *u, size_t stride, double *x, double *work) {
  for (size_t k = 0; k < n; k++) work[k] = 1 / u[k + k * stride];
  size_t end = n;
  while (end > 0) {
    const size_t begin = (end - 1) / 8 * 8;
    const double *block = u + begin + begin * stride;
    if (end - begin == 8) {
      double y[8];
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) y[k] = x[begin + k];
#pragma GCC unroll 8
      for (int k = 7; k >= 0; k--) {
        y[k] *= work[begin + k];
#pragma GCC unroll 8
        for (int i = 0; i < k; i++) y[i] -= y[k] * block[i + k * stride];
      }
#pragma GCC unroll 8
      for (int k = 0; k < 8; k++) x[begin + k] = y[k];
    } else {
      for (size_t k = end - begin; k-- > 0;) {
        x[begin + k] *= work[begin + k];
        for (size_t i = 0; i < k; i++) x[begin + i] -= x[begin + k] * block[i + k * stride];
      }
    }
    size_t i = 0;
    for (; i + 32 <= begin; i += 32) {
      ck_v8 e = CK_LOAD(x + i), f = CK_LOAD(x + i + 8);
      ck_v8 g = CK_LOAD(x + i + 16), h = CK_LOAD(x + i + 24);
      for (size_t k = begin; k < end; k++) {
        const double *c = u + i + k * stride;
        const ck_v8 v = CK_SPLAT(x[k]);
        e -= CK_LOAD(c) * v;
        f -= CK_LOAD(c + 8) * v;
        g -= CK_LOAD(c + 16) * v;
        h -= CK_LOAD(c + 24) * v;
      }
      CK_STORE(x + i, e);
      CK_STORE(x + i + 8, f);
      CK_STORE(x + i + 16, g);
      CK_STORE(x + i + 24, h);
    }
    for (; i < begin; i += 8) {
      ck_v8 e = CK_LOAD(x + i), f = {0};
      for (size_t k = begin; k < end; k += 2) {
        e -= CK_LOAD(u + i + k * stride) * CK_SPLAT(x[k]);
        if (k + 1 < end) f -= CK_LOAD(u + i + (k + 1) * stride) * CK_SPLAT(x[k + 1]);
      }
      CK_STORE(x + i, e + f);
    }
    end = begin;
  }
}

CK_CLONES
ptrdiff_t ck_first_zero(size_t count, const double *m, const double *d, const double *s, double sign,
                        double floor, double *ratio, double *work) {
  double least = INFINITY;
  for (size_t k = 0; k < count; k++) {
    const double fall = sign * d[k] * s[k];
    const double height = m[k] * s[k];
    const double value = (height > 0 ? height : 0) / fall;
    work[k] = fall > floor ? value : INFINITY;
  }
  for (size_t k = 0; k < count; k++) least = work[k] < least ? work[k] : least;
  *ratio = least;
  if (!(least < INFINITY)) return -1;
  for (size_t k = 0; k < count; k++)
    if (work[k] == least) return (ptrdiff_t)k;
  return -1;
}

CK_CLONES
ptrdiff_t ck_most_violated(size_t count, const ck_sides *sides, const double *values, double size,
                           const double *weights, const double *floors, const int8_t *marks,
                           double *score, double *work) {
  const double *lower = sides->lower, *upper = sides->upper, *norms = sides->norms;
  for (size_t k = 0; k < count; k++) {
    const double v = values[k], l = lower[k], u = upper[k];
    const double excess = v > u ? v - u : l - v;
    const double noise = 1e-12 * (1 + fabs(v > u ? u : l)) + 1e-14 * norms[k] * size;
    const double weight = weights[k] > floors[k] ? weights[k] : floors[k];
    const double length = excess * excess / weight + (l == u ? 1e250 : 0);
    work[k] = excess > noise && marks[k] == 0 ? length : 0;
  }
  double best = 0;
  for (size_t k = 0; k < count; k++) best = work[k] > best ? work[k] : best;
  *score = best;
  if (!(best > 0)) return -1;
  for (size_t k = 0; k < count; k++)
    if (work[k] == best) return (ptrdiff_t)k;
  return -1;
}
