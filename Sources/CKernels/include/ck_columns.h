/// Products with the columns of small matrices in padded memory: each column has a length that is a
/// multiple of 8, zeros at its end, and a column follows the last at the same distance.
///
/// Meant for some 8 to 300 rows, where a call of BLAS costs as much as its work. Sums are fused and
/// grouped by the width of the instruction set, so last bits differ between machines.
#ifndef CK_COLUMNS_H
#define CK_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/// y[j] = a[j] · x for `count` columns a[j] of `length` rows, any number of them.
void ck_columns_dot(size_t count, size_t length, const double *a, size_t stride, const double *x,
                    double *y);

/// y = Σ w[j] a[j]; `y` has `length` elements.
void ck_columns_sum(size_t count, size_t length, const double *a, size_t stride, const double *w,
                    double *y);

/// a[j] += w[j] x for every column.
void ck_columns_update(size_t count, size_t length, double *a, size_t stride, const double *w,
                       const double *x);

/// Rotates columns j and j + 1 for j = 0 … count − 1, one rotation after the other:
/// (a, b) ← (c[j] a + s[j] b, c[j] b − s[j] a).
void ck_columns_rotate(size_t count, size_t length, double *a, size_t stride, const double *c,
                       const double *s);

/// x ← U⁻¹ x for an upper triangle of `n` columns; `work` has n elements.
void ck_solve_upper(size_t n, const double *u, size_t stride, double *x, double *work);

/// The multipliers that fall to zero first along a direction: the least max(m[k] s[k], 0) / f[k] over
/// f[k] = sign d[k] s[k] > floor, with s[k] the sign of the side, 0 for one that may not leave.
/// Returns its place and writes the ratio, or returns −1. `work` has `count` elements.
ptrdiff_t ck_first_zero(size_t count, const double *m, const double *d, const double *s, double sign,
                        double floor, double *ratio, double *work);

/// The sides of some constraints and the lengths of their normals.
typedef struct {
  const double *lower;
  const double *upper;
  const double *norms;
} ck_sides;

/// The constraint without a mark of the largest excess² / max(weight, floor), equalities before all
/// others, among those violated by more than rounding of a point of the given size. Returns its place
/// and writes that score, or returns −1. `work` has `count` elements.
ptrdiff_t ck_most_violated(size_t count, const ck_sides *sides, const double *values, double size,
                           const double *weights, const double *floors, const int8_t *marks,
                           double *score, double *work);

#endif
