#include "CKernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "ck_clones.h"

// Contraction is off, so that all instruction sets give the same bits.
#define INLINE static inline __attribute__((always_inline))

#pragma STDC FP_CONTRACT OFF

typedef double v8 __attribute__((vector_size(64)));
typedef double v8u __attribute__((vector_size(64), aligned(8)));
typedef int64_t i8 __attribute__((vector_size(64)));

// Macros, not functions: a vector argument's calling convention would differ between the clones.
#define SELECT(mask, a, b) ((v8)(((mask) & (i8)(a)) | (~(mask) & (i8)(b))))
#define SPLAT(a) ((v8){0} + (a))

// eˣ for x ≤ 709: x = k ln 2 + r with |r| ≤ ½ ln 2, the Taylor polynomial of degree 13; 0 below −708.
#define EXP(result, argument)                                                                      \
  do {                                                                                             \
    const v8 x_ = (argument);                                                                      \
    const i8 tiny_ = x_ < -708.0;                                                                  \
    const v8 a_ = SELECT(tiny_, SPLAT(-708.0), x_);                                                \
    const v8 t_ = a_ * 1.4426950408889634 + 6755399441055744.0;                                    \
    const v8 k_ = t_ - 6755399441055744.0;                                                         \
    const v8 r_ = (a_ - k_ * 6.93147180369123816490e-01) - k_ * 1.90821492927058770002e-10;        \
    v8 p_ = SPLAT(1.6059043836821613e-10);                                                         \
    p_ = p_ * r_ + 2.08767569878681e-09;                                                           \
    p_ = p_ * r_ + 2.505210838544172e-08;                                                          \
    p_ = p_ * r_ + 2.755731922398589e-07;                                                          \
    p_ = p_ * r_ + 2.7557319223985893e-06;                                                         \
    p_ = p_ * r_ + 2.48015873015873e-05;                                                           \
    p_ = p_ * r_ + 0.0001984126984126984;                                                          \
    p_ = p_ * r_ + 0.001388888888888889;                                                           \
    p_ = p_ * r_ + 0.008333333333333333;                                                           \
    p_ = p_ * r_ + 0.041666666666666664;                                                           \
    p_ = p_ * r_ + 0.16666666666666666;                                                            \
    p_ = p_ * r_ + 0.5;                                                                            \
    p_ = p_ * r_ * r_ + r_;                                                                        \
    const v8 e_ = (p_ + 1.0) * (v8)(((i8)t_ + 1023) << 52);                                        \
    (result) = SELECT(tiny_, (v8){0}, e_);                                                         \
  } while (0)

// ln x for normal x > 0: x = 2ᵏ m, √½ ≤ m < √2, ln m = 2 artanh u = 2u + 2u³/3 + … with
// u = (m − 1)/(m + 1); |u| < 0.1716, so the term after u²¹/21 is 1e-18.
#define LOG(result, argument)                                                                      \
  do {                                                                                             \
    const i8 bits_ = (i8)(argument);                                                               \
    const i8 shifted_ = bits_ - 0x3FE6A09E667F3BCDLL;                                              \
    const i8 whole_ = shifted_ >> 52;                                                              \
    const v8 m_ = (v8)(bits_ - (whole_ << 52));                                                    \
    const v8 n_ = (v8)(whole_ + 0x4338000000000000LL) - 6755399441055744.0;                        \
    const v8 f_ = m_ - 1.0;                                                                        \
    const v8 u_ = f_ / (m_ + 1.0);                                                                 \
    const v8 w_ = u_ * u_;                                                                         \
    v8 p_ = SPLAT(2.0 / 21);                                                                       \
    p_ = p_ * w_ + 2.0 / 19;                                                                       \
    p_ = p_ * w_ + 2.0 / 17;                                                                       \
    p_ = p_ * w_ + 2.0 / 15;                                                                       \
    p_ = p_ * w_ + 2.0 / 13;                                                                       \
    p_ = p_ * w_ + 2.0 / 11;                                                                       \
    p_ = p_ * w_ + 2.0 / 9;                                                                        \
    p_ = p_ * w_ + 2.0 / 7;                                                                        \
    p_ = p_ * w_ + 2.0 / 5;                                                                        \
    p_ = p_ * w_ + 2.0 / 3;                                                                        \
    (result) = n_ * 6.93147180369123816490e-01                                                     \
        + (2.0 * u_ + (p_ * w_ * u_ + n_ * 1.90821492927058770002e-10));                           \
  } while (0)

// The Mills ratio for z ≥ 0, as ck_mills_ratio.
#define MILLS_STEP(c) p_ = p_ * y_ + c;
#define MILLS(result, argument)                                                                    \
  do {                                                                                             \
    const v8 z_ = (argument);                                                                      \
    const v8 y_ = (z_ - 5.0) / (z_ + 5.0);                                                         \
    v8 p_ = {0};                                                                                   \
    CK_MILLS_COEFFICIENTS(MILLS_STEP)                                                              \
    (result) = p_ / (z_ + 1.4);                                                                    \
  } while (0)

CK_CLONES size_t ck_black76(
    const double *forwards, const double *volatilities, size_t count, double strike,
    double root_time, double sign, double *values) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const v8 F = *(const v8u *)(forwards + i);
    const v8 s = *(const v8u *)(volatilities + i) * root_time;
    const i8 is_low = F < strike;
    const v8 low = SELECT(is_low, F, SPLAT(strike));
    const v8 high = SELECT(is_low, SPLAT(strike), F);
    // Of ordinary size, so that no step below leaves the range of a double; else the caller's.
    const i8 good =
        (low > 1e-100) & (high < 1e100) & (low > high * 1e-100) & (s > 1e-3) & (s < 50.0);
    int64_t all = -1;
    for (int j = 0; j < 8; j++) all &= good[j];
    if (!all) return i;

    v8 x;
    LOG(x, low / high);
    const v8 h = x / s;
    const v8 t = s * 0.5;
    const v8 d1 = h + t;
    v8 density;
    EXP(density, d1 * d1 * -0.5);
    density = density * low * 0.398942280401432677939946;  // low · φ(d₁)
    v8 upper, lower;
    MILLS(upper, (v8)((i8)d1 & 0x7FFFFFFFFFFFFFFFLL));
    MILLS(lower, t - h);
    const i8 is_above = d1 > 0.0;
    v8 time_value = SELECT(is_above, low - density * (upper + lower), density * (upper - lower));
    time_value = SELECT(time_value > 0.0, time_value, (v8){0});
    const v8 gain = (F - strike) * sign;
    *(v8u *)(values + i) = time_value + SELECT(gain > 0.0, gain, (v8){0});
  }
  return i;
}
