// Vectors of eight doubles, and elementary functions of them: + − * /, square roots and integer
// operations only, and no branch, so that all lanes are worked on alike.
//
// Products and sums are contracted to fused multiply-adds where the machine has them; what the
// compiler contracts does not depend on the machine, so every machine that has them gives the same
// bits.
#ifndef CK_VECTOR_H
#define CK_VECTOR_H

#include <stdint.h>
#include <string.h>

#include "ck_clones.h"
#include "ck_lanes.h"

#pragma STDC FP_CONTRACT ON

// Functions take pointers, since a vector argument's calling convention would differ between clones.
#define CK_VECTOR_INLINE static inline __attribute__((always_inline))

#define CK_SELECT(mask, a, b) ((ck_v8)(((mask) & (ck_i8)(a)) | (~(mask) & (ck_i8)(b))))
#define CK_MAGNITUDE(a) ((ck_v8)((ck_i8)(a) & 0x7FFFFFFFFFFFFFFFLL))
#define CK_NAN CK_SPLAT(__builtin_nan(""))

/// Copies the last, incomplete block, so that its elements are worked on as all others are.
CK_VECTOR_INLINE const double *ck_padded(const double *start, size_t count, double *room) {
  if (count >= 8) return start;
  for (size_t j = 0; j < 8; j++) room[j] = start[j < count ? j : 0];
  return room;
}

CK_VECTOR_INLINE void ck_store(const ck_v8 *value, size_t count, double *target) {
  memcpy(target, value, (count < 8 ? count : 8) * sizeof(double));
}

/// Adding and subtracting it rounds to the nearest whole number, which the low bits then hold.
#define CK_ROUNDER 6755399441055744.0
#define CK_LN2_HIGH 6.93147180369123816490e-01
#define CK_LN2_LOW 1.90821492927058770002e-10

/// e^{x − δ} for x ≤ 709 and a small δ; 0 for x < −708. x − δ = k ln 2 + r with |r| ≤ ½ ln 2, and a
/// polynomial of degree 11 with the value and slope of eʳ at 0, by Chebyshev interpolation of the
/// rest; its error is 2e-17.
CK_VECTOR_INLINE void ck_exp(const ck_v8 *exponent, const ck_v8 *correction, ck_v8 *result) {
  const ck_i8 tiny = *exponent < -708.0;
  const ck_v8 x = CK_SELECT(tiny, CK_SPLAT(-708.0), *exponent);
  const ck_v8 shifted = x * 1.4426950408889634 + CK_ROUNDER;
  const ck_v8 k = shifted - CK_ROUNDER;
  const ck_v8 r = (x - k * CK_LN2_HIGH) - (k * CK_LN2_LOW + *correction);
  ck_v8 p = r * 2.5102327723609146e-08 + 2.762261407861969e-07;
  p = p * r + 2.7557264294679126e-06;
  p = p * r + 2.4801515879478315e-05;
  p = p * r + 0.00019841269865788537;
  p = p * r + 0.0013888888920770123;
  p = p * r + 0.008333333333329503;
  p = p * r + 0.041666666666616864;
  p = p * r + 0.16666666666666669;
  p = p * r + 0.5000000000000001;
  p = (p * (r * r) + r) + 1.0;
  *result = CK_SELECT(tiny, (ck_v8){0}, (ck_v8)((ck_i8)p + ((ck_i8)shifted << 52)));
}

/// ln(a/b) for normal positive a and b whose quotient is a normal number.
///
/// With a power of two 2ᵏ that brings a near b, ln(a/b) = k ln 2 + 2 artanh u,
/// u = (a 2⁻ᵏ − b)/(a 2⁻ᵏ + b): the difference is exact, so that the logarithm keeps its digits where
/// a ≈ b. |u| < 0.203; the error of the polynomial is below 1e-18.
CK_VECTOR_INLINE void ck_log_ratio(const ck_v8 *a, const ck_v8 *b, ck_v8 *result) {
  // The integer read from the bits of a normal number is 2⁵² (log₂ + bias) to within 0.09 · 2⁵².
  const ck_i8 whole = ((ck_i8)*a - (ck_i8)*b + (1LL << 51)) >> 52;
  const ck_v8 k = (ck_v8)(whole + 0x4338000000000000LL) - CK_ROUNDER;
  const ck_v8 near = (ck_v8)((ck_i8)*a - (whole << 52));
  const ck_v8 u = (near - *b) / (near + *b);
  const ck_v8 w = u * u;
  ck_v8 p = w * 0.13679467927951408 + 0.13200374810884405;
  p = p * w + 0.15389350781340896;
  p = p * w + 0.18181725320076034;
  p = p * w + 0.22222223207967554;
  p = p * w + 0.2857142856630011;
  p = p * w + 0.4000000000001015;
  p = p * w + 0.6666666666666666;
  *result = k * CK_LN2_HIGH + (2.0 * u + (p * w * u + k * CK_LN2_LOW));
}

#endif
