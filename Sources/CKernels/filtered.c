#include "ck_filtered.h"

#include <stdint.h>

#include "ck_scalar.h"

#pragma STDC FP_CONTRACT OFF

/// Paths side by side: enough to hide the latency of the square root.
enum { side = 32 };

/// `count` ≤ side paths that begin at path k.
CK_INLINE void filtered(const double *uniforms, size_t paths, size_t k, size_t count,
                        size_t horizon, const double *pairs, size_t rows, double mean,
                        double omega, double first_variance, double *out, size_t stride,
                        int every) {
  double h[side], sum[side], z[side], feedback[side];
  for (size_t j = 0; j < count; j++) h[j] = first_variance, sum[j] = 0;
  for (size_t i = 0; i < horizon; i++) {
    const double *u = uniforms + k + i * paths;
    for (size_t j = 0; j < count; j++) {
      const int32_t row = (int32_t)(u[j] * (double)rows), last = (int32_t)rows - 1;
      const double *pair = pairs + 2 * (row < last ? row : last);
      z[j] = pair[0], feedback[j] = pair[1];
    }
    for (size_t j = 0; j < count; j++) {
      sum[j] += mean + __builtin_sqrt(h[j]) * z[j];
      h[j] = omega + h[j] * feedback[j];
    }
    if (every)
      for (size_t j = 0; j < count; j++) out[k + j + i * stride] = sum[j];
  }
  if (!every)
    for (size_t j = 0; j < count; j++) out[k + j] = sum[j];
}

CK_CLONES
void ck_filtered_paths(const double *uniforms, size_t paths, size_t horizon, const double *pairs,
                       size_t rows, double mean, double omega, double first_variance, double *out,
                       size_t stride, int every) {
  size_t k = 0;
  for (; k + side <= paths; k += side)
    filtered(uniforms, paths, k, side, horizon, pairs, rows, mean, omega, first_variance, out,
             stride, every);
  if (k < paths)
    filtered(uniforms, paths, k, paths - k, horizon, pairs, rows, mean, omega, first_variance, out,
             stride, every);
}
