// Black's formula in its own units for vectors of eight, without cancellation.
//
// With h = |ln(F/K)|/s, t = s/2 and the Mills ratio M(z) = Φ(−z)/φ(z), the option out of the money is
// worth
//
//     √(FK) φ(h) e^{−t²/2} [M(h − t) − M(h + t)],                                              (1)
//
// and the bracket is s times the mean of −M′ over [h − t, h + t], a positive number. M is written as
// a polynomial in y = 9/7 − (96/7)/(z + 7), which maps −1 ≤ z ≤ 41 to −1 ≤ y ≤ 1,
//
//     M(z) = M₀ − S(y),   S(y) = Σ_{k=1}^{24} p_k y^k,
//
// so that with r = 1/(z + 7) the bracket S(y₂) − S(y₁) is s (96/7) r₁r₂ times the divided difference
// of S, which Horner's rule gives without subtracting values: no digits are lost for small s. y is
// computed as −33/49 + (96/49) z/(z + 7), which is accurate where z is small: S varies most there.
//
// The coefficients are those of the Chebyshev interpolation of dM/dy at 24 points, computed with 40
// digits and integrated: relative error of M′ 3.4e-16, of M 3e-17.
#ifndef CK_BLACK_VECTOR_H
#define CK_BLACK_VECTOR_H

#include "ck_vector.h"

/// The largest s that h ≥ 0 allows: h − t ≥ −1.
#define CK_LARGEST_DEVIATION 2.0
/// From here on φ(h) is 0 in doubles; h is held to it so that y stays in its range.
#define CK_LARGEST_DISTANCE 40.0
#define CK_MILLS_CONSTANT 0.25582739555394823
#define CK_INVERSE_ROOT_2PI 0.398942280401432677939946

// 7p₂₄, 7p₂₂, …, 7p₂ and 7p₂₃, 7p₂₁, …, 7p₃: what the chain of factors then needs no product for.
#define CK_EVEN_COEFFICIENTS(C)                                                                    \
  C(2.9008429218165447e-09)                                                                        \
  C(-4.0561039091534295e-08)                                                                        \
  C(3.143005620569798e-07)                                                                         \
  C(-9.49253980709067e-07)                                                                       \
  C(-2.3356911714272134e-05)                                                                       \
  C(0.0005549334173677663)                                                                         \
  C(-0.0035140893249427587)                                                                        \
  C(-0.10025115645056518)                                                                         \
  C(-0.6305691340495903)                                                                          \
  C(-1.9852664310293644)                                                                          \
  C(-3.6500129616014583)                                                                           \
  C(-4.095121864760799)
#define CK_ODD_COEFFICIENTS(C)                                                                     \
  C(-4.837928883220631e-09)                                                                        \
  C(9.900604770066729e-08)                                                                        \
  C(-1.3773850121085947e-06)                                                                       \
  C(1.528978868629559e-05)                                                                        \
  C(-0.00010103411297574239)                                                                        \
  C(-0.0007732320986384137)                                                                       \
  C(0.026459406095196265)                                                                         \
  C(0.2792874503004827)                                                                           \
  C(1.2034634373050428)                                                                           \
  C(2.8668714807624145)                                                                            \
  C(4.110514029276758)
#define CK_FIRST_COEFFICIENT 3.5986306356234694

/// Sizes with which no step leaves the range of a double; NaN is not ordinary.
CK_VECTOR_INLINE void ck_ordinary(const ck_v8 *price, ck_i8 *result) {
  *result = (*price > 1e-100) & (*price < 1e100);
}

/// Where the Mills ratio is wanted, and what it gave.
typedef struct {
  /// h ≥ 0 and t in 0 … 1.
  ck_v8 distance, half_deviation;
  /// [M(h − t) − M(h + t)]/s, the mean of −M′.
  ck_v8 mean_slope;
  /// M(h − t), or M(h + t) in the lanes of `far`.
  ck_v8 mills;
} ck_mills_pair;

/// Fills `mean_slope` and, for the lanes of `far` at h + t and else at h − t, `mills`.
///
/// Even and odd powers are chains of their own, half as long: with w = y², S = E(w) w + y O(w),
/// S[y₁, y₂] = (y₁ + y₂) ((wE)[w₁, w₂] + y₂ O[w₁, w₂]) + O(w₁).
CK_VECTOR_INLINE void ck_mills_difference(ck_mills_pair *pair, const ck_i8 *far) {
  const ck_v8 z1 = pair->distance - pair->half_deviation;
  const ck_v8 z2 = pair->distance + pair->half_deviation;
  const ck_v8 u1 = z1 + 7.0, u2 = z2 + 7.0;
  const ck_v8 scaled = (96.0 / 49) / (u1 * u2);
  const ck_v8 near_y = z1 * (u2 * scaled) - 33.0 / 49, far_y = z2 * (u1 * scaled) - 33.0 / 49;
  const ck_v8 y1 = CK_SELECT(*far, far_y, near_y), y2 = CK_SELECT(*far, near_y, far_y);
  const ck_v8 w1 = y1 * y1, w2 = y2 * y2;
  ck_v8 even = {0}, even_difference = {0}, odd = {0}, odd_difference = {0};
#define CK_STEP(c) even = even * w1 + (c), even_difference = even_difference * w2 + even;
  CK_EVEN_COEFFICIENTS(CK_STEP)
#undef CK_STEP
#define CK_STEP(c) odd = odd * w1 + (c), odd_difference = odd_difference * w2 + odd;
  CK_ODD_COEFFICIENTS(CK_STEP)
#undef CK_STEP
  odd = odd * w1 + CK_FIRST_COEFFICIENT;
  pair->mean_slope = scaled * ((y1 + y2) * (even_difference + y2 * odd_difference) + odd);
  pair->mills = CK_MILLS_CONSTANT - (even * w1 + y1 * odd) * (1.0 / 7);
}

/// φ(h) e^{−t²/2} = ∂b/∂s, the vega in units of √(FK); the rounding of h² is carried along, since at
/// h = 38 it would cost three digits.
CK_VECTOR_INLINE void ck_black_density(const ck_mills_pair *pair, ck_v8 *density) {
  const ck_v8 h = pair->distance;
  const ck_v8 high = (ck_v8)((ck_i8)h & ~0x7FFFFFFLL);
  const ck_v8 main = high * high * -0.5;
  const ck_v8 damping = pair->half_deviation * pair->half_deviation * -0.5;
  const ck_v8 exponent = main + damping;
  const ck_v8 correction = 0.5 * ((h - high) * (h + high)) - ((main - exponent) + damping);
  ck_v8 power;
  ck_exp(&exponent, &correction, &power);
  *density = power * CK_INVERSE_ROOT_2PI;
}

#endif
