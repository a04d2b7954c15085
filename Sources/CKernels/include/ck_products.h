/// Matrix products in a fixed order, the same on every machine, where BLAS chooses its own.
#ifndef CK_PRODUCTS_H
#define CK_PRODUCTS_H

#include <stddef.h>

/// C += ABᵀ with A m × k, B n × k and C m × n by columns: each element of C is a chain of fused
/// multiply-adds in the order of k, whatever m and n are.
void ck_add_product(size_t m, size_t n, size_t k, const double *a, size_t lda, const double *b,
                    size_t ldb, double *c, size_t ldc);

#endif
