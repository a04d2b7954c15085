#ifndef CK_COMPENSATED_H
#define CK_COMPENSATED_H

#include <stddef.h>
#include <stdint.h>

// Products in twice the working precision: Dot2 of Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26
// (2005), algorithm 5.3. Matrices are stored by columns; sparse ones in compressed columns.

/// high + low += A x, the sum carried unevaluated; A is m × n.
void ck_compensated_product(size_t m, size_t n, const double *a, size_t lda, const double *x,
                            double *high, double *low);

/// out = Aᵀ y; A is m × n.
void ck_compensated_transposed_product(size_t m, size_t n, const double *a, size_t lda,
                                       const double *y, double *out);

/// high + low += A x for a sparse A.
void ck_compensated_sparse_product(size_t columns, const ptrdiff_t *starts, const int32_t *rows,
                                   const double *values, const double *x, double *high,
                                   double *low);

/// out = Aᵀ y for a sparse A.
void ck_compensated_sparse_transposed_product(size_t columns, const ptrdiff_t *starts,
                                              const int32_t *rows, const double *values,
                                              const double *y, double *out);

/// Whether no element is infinite or NaN.
int ck_all_finite(const double *x, size_t count);

/// Whether an n × n matrix equals its transpose, element by element.
int ck_is_symmetric(const double *a, size_t n);

#endif
