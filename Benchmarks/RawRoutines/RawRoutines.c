#include "RawRoutines.h"

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
