#include "RawRoutines.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

/* The Fortran interface, declared here so that no header of BLAS has to be found. The libraries
   themselves come with MarginOptimization. */
extern void openblas_set_num_threads(int);
extern void dgemm_(const char *, const char *, const int *, const int *, const int *,
                   const double *, const double *, const int *, const double *, const int *,
                   const double *, double *, const int *);
extern void dgemv_(const char *, const int *, const int *, const double *, const double *,
                   const int *, const double *, const int *, const double *, double *,
                   const int *);
extern void dsyrk_(const char *, const char *, const int *, const int *, const double *,
                   const double *, const int *, const double *, double *, const int *);
extern void dtrmm_(const char *, const char *, const char *, const char *, const int *, const int *,
                   const double *, const double *, const int *, double *, const int *);
extern void dpotrf_(const char *, const int *, double *, const int *, int *);
extern void dpotrs_(const char *, const int *, const int *, const double *, const int *, double *,
                    const int *, int *);
extern void dsytrf_(const char *, const int *, double *, const int *, int *, double *, const int *,
                    int *);
extern void dsyevd_(const char *, const char *, const int *, double *, const int *, double *,
                    double *, const int *, int *, const int *, int *);

static const double one = 1, zero = 0;
static const int unit = 1;

void raw_set_threads(int count) { openblas_set_num_threads(count); }

void raw_gemm(int m, int n, int k, const double *a, const double *b, double *c) {
  dgemm_("N", "N", &m, &n, &k, &one, a, &m, b, &k, &zero, c, &m);
}

void raw_gemv(int m, int n, const double *a, const double *x, double *y) {
  dgemv_("N", &m, &n, &one, a, &m, x, &unit, &zero, y, &unit);
}

void raw_syrk(int n, int k, const double *a, double *c) {
  dsyrk_("L", "T", &n, &k, &one, a, &k, &zero, c, &n);
}

void raw_trmm(int m, int n, const double *l, double *b) {
  dtrmm_("R", "L", "T", "N", &m, &n, &one, l, &n, b, &m);
}

int raw_potrf(int n, double *a) {
  int info;
  dpotrf_("L", &n, a, &n, &info);
  return info;
}

int raw_potrs(int n, const double *a, double *b) {
  int info;
  dpotrs_("L", &n, &unit, a, &n, b, &n, &info);
  return info;
}

int raw_sytrf(int n, double *a, int *pivots, double *work, int work_count) {
  int info;
  dsytrf_("L", &n, a, &n, pivots, work, &work_count, &info);
  return info;
}

int raw_syevd(int n, double *a, double *values, double *work, int work_count, int *integer_work,
              int integer_work_count) {
  int info;
  dsyevd_("V", "L", &n, a, &n, values, work, &work_count, integer_work, &integer_work_count,
          &info);
  return info;
}

void raw_box_muller(int count, const double *uniforms, double *normals) {
  const double turn = 6.283185307179586;
  for (int i = 0; i + 1 < count; i += 2) {
    double radius = sqrt(-2 * log(uniforms[i])), angle = turn * uniforms[i + 1];
    normals[i] = radius * cos(angle);
    normals[i + 1] = radius * sin(angle);
  }
}

void raw_black76_calls(int count, const double *forwards, const double *volatilities, double strike,
                       double time, double *values) {
  const double root_half = 0.7071067811865476;
  for (int i = 0; i < count; i++) {
    double s = volatilities[i] * sqrt(time);
    double d1 = log(forwards[i] / strike) / s + s / 2, d2 = d1 - s;
    values[i] = 0.5 * (forwards[i] * erfc(-d1 * root_half) - strike * erfc(-d2 * root_half));
  }
}

void raw_black76_book(int count, const double *forwards, double strike, double deviation,
                      double sign, double quantity, double *sums) {
  const double root_half = 0.7071067811865476, k = log(strike), inverse = 1 / deviation;
  for (int i = 0; i < count; i++) {
    double d1 = (log(forwards[i]) - k) * inverse + deviation / 2, d2 = d1 - deviation;
    sums[i] += quantity * sign * 0.5
        * (forwards[i] * erfc(-sign * d1 * root_half) - strike * erfc(-sign * d2 * root_half));
  }
}

void raw_expm1(int count, double *x) {
  for (int i = 0; i < count; i++) x[i] = expm1(x[i]);
}

double raw_read_sum(size_t count, const void *words) {
  const uint64_t *word = words;
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += word[i];
  return (double)sum;
}

double raw_processor_seconds(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

void raw_keep(double value) {
  static volatile double sink;
  sink = value;
}
