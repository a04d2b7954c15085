/// The random kernels compiled for one instruction set each, so that tests can hold them against what
/// the machine chooses: `baseline_…` for the plainest of the architecture, `avx2_…` for x86-64-v3.
#ifndef KERNEL_VARIANTS_H
#define KERNEL_VARIANTS_H

#include <stddef.h>
#include <stdint.h>

#define DECLARE_VARIANT(set)                                                                       \
  void set##_uniforms(uint64_t, uint32_t, uint64_t, size_t, size_t, double *, size_t);             \
  void set##_normals(uint64_t, uint32_t, uint64_t, size_t, size_t, double *, size_t);              \
  void set##_gammas(uint64_t, uint32_t, uint64_t, size_t, double, double, double *);             \
  void set##_normal_quantiles(double *, size_t);                                                   \
  void set##_add_product(size_t, size_t, size_t, const double *, size_t, const double *, size_t,     \
                         double *, size_t);                                                        \
  void set##_sobol_points(const uint64_t *, uint64_t, uint64_t, size_t, double, double *);         \
  void set##_sobol_nested_points(const uint64_t *, const uint32_t *, uint64_t, size_t, double *);

DECLARE_VARIANT(baseline)
DECLARE_VARIANT(avx2)

/// Whether this machine runs what is compiled for x86-64-v3.
int avx2_runs(void);

#endif
