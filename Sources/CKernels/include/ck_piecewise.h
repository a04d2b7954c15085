/// Piecewise polynomials on uniform cells, evaluated at many points.
#ifndef CK_PIECEWISE_H
#define CK_PIECEWISE_H

#include <stddef.h>

/// A uniform division of an axis: cell k covers origin + [k, k + 1] / inverse_width. Points beyond the
/// ends take the polynomial of the nearest cell.
typedef struct {
  double origin;
  double inverse_width;
  size_t cells;
} ck_axis;

/// out[i] += c₀ + c₁ t + c₂ t² + c₃ t³, with t in [0, 1] the place of x[i] in its cell and c the 4
/// coefficients of the cell.
void ck_add_cubics(const double *coefficients, ck_axis axis, size_t count, const double *x,
                   double *out);

/// out[i] += Σ c[4j + l] s^l t^j, with s, t the places of x[i], y[i] in their cells and c the 16
/// coefficients of the cell; the cells of one x-cell stand together.
void ck_add_bicubics(const double *coefficients, ck_axis x_axis, ck_axis y_axis, size_t count,
                     const double *x, const double *y, double *out);

/// out[i] += a + b x[i] + w max(x[i] − k, 0), with [a, b, w, k] the numbers of the cell.
void ck_add_hinges(const double *cells, ck_axis axis, size_t count, const double *x, double *out);

#endif
