#ifndef RAW_ROUTINES_H
#define RAW_ROUTINES_H

#include <stddef.h>

/* Column-major square or rectangular routines with contiguous operands, one call each. Those that
   return int return LAPACK's info. */

void raw_set_threads(int count);

void raw_gemm(int m, int n, int k, const double *a, const double *b, double *c);
void raw_gemv(int m, int n, const double *a, const double *x, double *y);
void raw_syrk(int n, int k, const double *a, double *c);
/* B := B Lᵀ, B m by n, L lower triangular. */
void raw_trmm(int m, int n, const double *l, double *b);
int raw_potrf(int n, double *a);
int raw_potrs(int n, const double *a, double *b);
int raw_sytrf(int n, double *a, int *pivots, double *work, int work_count);
int raw_syevd(int n, double *a, double *values, double *work, int work_count, int *integer_work,
              int integer_work_count);

/* Plain loops over libm, one thread. */

/* Normals from as many uniforms in (0, 1), an even number, by Box and Muller. */
void raw_box_muller(int count, const double *uniforms, double *normals);
/* The textbook formula of Black (1976) for a call. */
void raw_black76_calls(int count, const double *forwards, const double *volatilities, double strike,
                       double time, double *values);
/* sums += quantity · Black (1976) value of one option at each forward, by log and erfc. */
void raw_black76_book(int count, const double *forwards, double strike, double deviation,
                      double sign, double quantity, double *sums);
/* e^x − 1 in place. */
void raw_expm1(int count, double *x);

/* Reads words of eight bytes, and adds them up: the bandwidth of memory. */
double raw_read_sum(size_t count, const void *words);

/* Seconds of processor time that all threads of the process have used. */
double raw_processor_seconds(void);

/* Uses a value, so that no optimizer removes what computed it. */
void raw_keep(double value);

#endif
