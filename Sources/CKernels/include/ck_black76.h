/// Black's formula for many scenarios, and the Mills ratio that it and the scalar formula share.
#ifndef CK_BLACK76_H
#define CK_BLACK76_H

#include <stddef.h>

/// (z + 1.4) M(z), with M(z) = Φ(−z)/φ(z) the Mills ratio, on 0 ≤ z < ∞ as a polynomial in
/// y = (z − 5)/(z + 5); coefficients from degree 24 down to degree 0. The mapping is that of
/// Shepherd and Laframboise, Math. Comp. 36 (1981) 249; the coefficients are the Chebyshev expansion
/// of that function, computed with 50 digits and truncated after degree 24 (error 1e-17).
#define CK_MILLS_COEFFICIENTS(C)                                                                   \
  C(8.782659685997757e-11)                                                                         \
  C(-8.94214429085447e-10)                                                                         \
  C(-1.3604972294902428e-09)                                                                       \
  C(1.0247611805278e-08)                                                                           \
  C(1.1891440840334985e-08)                                                                        \
  C(-7.156664221188554e-08)                                                                        \
  C(-7.828561815467049e-08)                                                                        \
  C(4.5246524108493435e-07)                                                                        \
  C(3.9914002985423904e-07)                                                                        \
  C(-3.0331658042425505e-06)                                                                       \
  C(-8.540139608347032e-07)                                                                        \
  C(2.1436129544466072e-05)                                                                        \
  C(-1.814345413535642e-05)                                                                        \
  C(-0.00013341041655576884)                                                                       \
  C(0.00039645613117930597)                                                                        \
  C(0.00015416349063628382)                                                                        \
  C(-0.003981157477100922)                                                                         \
  C(0.013963079870857384)                                                                          \
  C(-0.029011382727757735)                                                                         \
  C(0.038029067847452906)                                                                          \
  C(-0.018195369127825715)                                                                         \
  C(-0.05602614618317959)                                                                          \
  C(0.1941581451392486)                                                                            \
  C(-0.3733254439457978)                                                                           \
  C(1.233971870178021)

/// The Mills ratio Φ(−z)/φ(z) of the normal distribution for z ≥ 0; within 2 units in the last
/// place, 0 at infinity.
static inline double ck_mills_ratio(double z) {
#pragma STDC FP_CONTRACT OFF
  z = z < 1e300 ? z : 1e300;
  const double y = (z - 5) / (z + 5);
  double p = 0;
#define CK_STEP(c) p = p * y + c;
  CK_MILLS_COEFFICIENTS(CK_STEP)
#undef CK_STEP
  return p / (z + 1.4);
}

// The kernels below give the same bits on every machine that has fused multiply-adds, whatever its
// vectors; others may differ in the last digits. An element's result does not depend on its
// neighbours. NaN marks elements that they cannot do: a forward or strike outside 1e-100 … 1e100, or
// s = σ√T outside 1e-12 … 2 (NaN, 0, expired).

/// Undiscounted Black-76 values of one option in many scenarios; s = volatility · root_time, `sign`
/// is 1 for a call, −1 for a put.
void ck_black76(const double *forwards, const double *volatilities, size_t count, double strike,
                double root_time, double sign, double *values);

/// A price after a move over the price before it, in many scenarios, with logarithm and square root.
typedef struct {
  const double *growths, *logarithms, *roots;
} ck_growths;

/// The logarithms and square roots of positive normal growths.
void ck_growth_logarithms(const double *growths, size_t count, double *logarithms, double *roots);

/// An option and a number by which its values are multiplied. Forward, strike and s = `deviation` are
/// in the ranges above.
typedef struct {
  double forward, strike, deviation, sign, weight;
} ck_black76_option;

/// values += weight · value of the option at forward · growth, with one s in all scenarios.
void ck_black76_add(const ck_growths *growths, size_t count, const ck_black76_option *option,
                    double *values);

/// Options by columns; `signs` are 1 for calls and −1 for puts.
typedef struct {
  const double *forwards, *strikes, *volatilities, *times, *signs;
} ck_black76_options;

/// Where values and Greeks go, each a column.
typedef struct {
  double *values, *deltas, *gammas, *vegas, *thetas, *vannas, *volgas;
} ck_black76_greek_columns;

/// Undiscounted Black-76 values of many options and their derivatives by forward, volatility and time.
void ck_black76_greeks(const ck_black76_options *options, size_t count,
                       const ck_black76_greek_columns *out);

/// The total deviations σ√T implied by undiscounted values of many options; beside the marks above,
/// NaN where the value is not above the intrinsic value by 1e-290 √(FK) or implies more than 2.
void ck_implied_deviations(const double *values, const double *forwards, const double *strikes,
                           const double *signs, size_t count, double *deviations);

#endif
