/// Loops of covariance estimators: one pass over memory each.
///
/// Sums run in eight lanes that are added in a fixed order, without fused operations: they do not depend
/// on the machine's instruction set.
#ifndef CK_COVARIANCE_H
#define CK_COVARIANCE_H

#include <stddef.h>
#include <stdint.h>

/// The sum of `count` elements, each times its weight where `weights` is not null.
double ck_weighted_sum(size_t count, const double *x, const double *weights);

/// out = (x − shift), times its scale where `scales` is not null.
void ck_centre(size_t count, const double *x, double shift, const double *scales, double *out);

/// y *= x, element by element.
void ck_multiply(size_t count, const double *x, double *y);

/// out += factor · x · y, element by element.
void ck_add_products(size_t count, double factor, const double *x, const double *y, double *out);

/// squares += y² for y = x − shift.
void ck_add_squares(size_t count, const double *x, double shift, double *squares);

/// squares += y², cubes += factor · y³ for y = x − shift; returns Σ y⁴.
double ck_add_powers(size_t count, const double *x, double shift, double factor, double *squares,
                     double *cubes);

/// squares += y² for y = x − shift; sums = { Σ y⁴, Σ y³ f, Σ y² f² }.
void ck_factor_moments(size_t count, const double *x, double shift, const double *factor,
                       double *squares, double sums[3]);

/// A = decay · A + gain · x xᵀ in both triangles of an n × n matrix, exactly symmetric where A is.
/// `scratch` holds n elements.
void ck_decay_rank_one(size_t n, double decay, double gain, const double *x, double *a,
                       double *scratch);

/// Bit t of `active` says whether |x[t]| ≥ threshold, of `sign` whether x[t] > 0; 64 to a word, the last
/// one filled up with zeros.
void ck_threshold_bits(size_t count, const double *x, double threshold, uint64_t *active,
                       uint64_t *sign);

/// For one series against `count` others, all as bits of `words` words, one bit for each observation:
/// both[k] = |active ∩ activeₖ|, opposed[k] = those of them whose sign bits differ.
void ck_concordance(size_t words, const uint64_t *active, const uint64_t *sign, size_t count,
                    const uint64_t *actives, const uint64_t *signs, int64_t *both,
                    int64_t *opposed);

#endif
