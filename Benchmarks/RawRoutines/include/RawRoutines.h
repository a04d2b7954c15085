#ifndef RAW_ROUTINES_H
#define RAW_ROUTINES_H

/* Column-major square or rectangular routines with contiguous operands, one call each. Those that
   return int return LAPACK's info. */

void raw_set_threads(int count);

void raw_gemm(int m, int n, int k, const double *a, const double *b, double *c);
void raw_gemv(int m, int n, const double *a, const double *x, double *y);
void raw_syrk(int n, int k, const double *a, double *c);
int raw_potrf(int n, double *a);
int raw_potrs(int n, const double *a, double *b);
int raw_sytrf(int n, double *a, int *pivots, double *work, int work_count);
int raw_syevd(int n, double *a, double *values, double *work, int work_count, int *integer_work,
              int integer_work_count);

#endif
