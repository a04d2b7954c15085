#include "CKernels.h"

#include <stdint.h>

#include "ck_clones.h"

// Contraction is off, so that all instruction sets give the same bits.
#pragma STDC FP_CONTRACT OFF

typedef double v4 __attribute__((vector_size(32), aligned(8)));

#define INLINE static inline __attribute__((always_inline))

INLINE double place(ck_axis axis, double x, double last, int32_t *cell) {
  const double u = (x - axis.origin) * axis.inverse_width;
  double c = u > 0 ? u : 0;
  c = c < last ? c : last;
  *cell = (int32_t)c;
  return u - (double)*cell;
}

CK_CLONES
void ck_add_cubics(const double *coefficients, ck_axis axis, size_t count, const double *x,
                   double *out) {
  const double last = (double)(axis.cells - 1);
  for (size_t i = 0; i < count; i++) {
    int32_t k;
    const double t = place(axis, x[i], last, &k);
    const double *c = coefficients + 4 * (size_t)k;
    out[i] += ((c[3] * t + c[2]) * t + c[1]) * t + c[0];
  }
}

CK_CLONES
void ck_add_bicubics(const double *coefficients, ck_axis x_axis, ck_axis y_axis, size_t count,
                     const double *x, const double *y, double *out) {
  const double last_x = (double)(x_axis.cells - 1), last_y = (double)(y_axis.cells - 1);
  for (size_t i = 0; i < count; i++) {
    int32_t k, l;
    const double s = place(x_axis, x[i], last_x, &k), t = place(y_axis, y[i], last_y, &l);
    const v4 *c = (const v4 *)(coefficients + 16 * ((size_t)k * y_axis.cells + (size_t)l));
    const v4 r = ((c[3] * t + c[2]) * t + c[1]) * t + c[0];
    out[i] += ((r[3] * s + r[2]) * s + r[1]) * s + r[0];
  }
}

CK_CLONES
void ck_add_hinges(const double *cells, ck_axis axis, size_t count, const double *x, double *out) {
  const double last = (double)(axis.cells - 1);
  for (size_t i = 0; i < count; i++) {
    int32_t k;
    (void)place(axis, x[i], last, &k);
    const double *c = cells + 4 * (size_t)k;
    const double beyond = x[i] - c[3];
    out[i] += c[0] + c[1] * x[i] + c[2] * (beyond > 0 ? beyond : 0);
  }
}
