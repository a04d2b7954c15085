#include "ck_products.h"

#include "ck_scalar.h"

#pragma STDC FP_CONTRACT OFF

/// Ten vectors of AVX-512 are chains enough to hide the latency of a fused multiply-add, and use each
/// element of A five times.
enum { lanes = 8, vectors = 2, tile_rows = lanes * vectors, tile_columns = 5 };

typedef double ck_vector __attribute__((vector_size(8 * lanes), aligned(8)));

/// A tile of tile_rows by `columns`, which is a constant where this is inlined.
CK_INLINE void full_tile(size_t columns, size_t k, const double *a, size_t lda, const double *b,
                         size_t ldb, double *c, size_t ldc) {
  ck_vector sums[tile_columns][vectors];
  for (size_t j = 0; j < columns; j++)
    for (size_t v = 0; v < vectors; v++)
      sums[j][v] = *(const ck_vector *)(c + j * ldc + v * lanes);
  for (size_t p = 0; p < k; p++, a += lda, b += ldb)
    for (size_t j = 0; j < columns; j++)
      for (size_t v = 0; v < vectors; v++)
        sums[j][v] = __builtin_elementwise_fma(*(const ck_vector *)(a + v * lanes),
                                               (ck_vector){0} + b[j], sums[j][v]);
  for (size_t j = 0; j < columns; j++)
    for (size_t v = 0; v < vectors; v++)
      *(ck_vector *)(c + j * ldc + v * lanes) = sums[j][v];
}

CK_INLINE void rest_of_rows(size_t m, size_t n, size_t k, const double *a, size_t lda,
                            const double *b, size_t ldb, double *c, size_t ldc) {
  for (size_t j = 0; j < n; j++)
    for (size_t p = 0; p < k; p++)
      for (size_t i = 0; i < m; i++)
        c[i + j * ldc] = __builtin_fma(a[i + p * lda], b[j + p * ldb], c[i + j * ldc]);
}

CK_CLONES
void ck_add_product(size_t m, size_t n, size_t k, const double *a, size_t lda, const double *b,
                    size_t ldb, double *c, size_t ldc) {
  size_t i = 0;
  for (; i + tile_rows <= m; i += tile_rows) {
    size_t j = 0;
    for (; j + tile_columns <= n; j += tile_columns)
      full_tile(tile_columns, k, a + i, lda, b + j, ldb, c + i + j * ldc, ldc);
    for (; j < n; j++) full_tile(1, k, a + i, lda, b + j, ldb, c + i + j * ldc, ldc);
  }
  rest_of_rows(m - i, n, k, a + i, lda, b, ldb, c + i, ldc);
}
