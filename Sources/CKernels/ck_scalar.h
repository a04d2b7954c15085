// Elementary functions written so that every instruction set gives the same bits: only + - * /,
// square roots and integer operations, no contraction to fused multiply-add, no branch.
#ifndef CK_SCALAR_H
#define CK_SCALAR_H

#include <stdint.h>
#include <string.h>

#include "ck_clones.h"

#pragma STDC FP_CONTRACT OFF

#define CK_INLINE static inline __attribute__((always_inline))

CK_INLINE uint64_t ck_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

CK_INLINE double ck_from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/// log x of a normal positive x, within 1 ulp: x = 2^k m with m in [√½, √2), and
/// log m = 2 artanh s, s = (m − 1)/(m + 1), by the Taylor series of artanh.
CK_INLINE double ck_log(double x) {
  const uint64_t root_half = 0x3FE6A09E667F3BCDull, one = 1ull << 52;
  uint64_t bits = ck_bits(x);
  uint64_t biased = (bits - root_half + 1024 * one) >> 52;  // k + 1024
  double k = ck_from_bits(0x4330000000000000ull | biased) - (0x1p52 + 1024);
  double f = ck_from_bits(bits - (biased << 52) + 1024 * one) - 1;

  double s = f / (2 + f), z = s * s;
  double tail = 1.0 / 25;
  tail = tail * z + 1.0 / 23;
  tail = tail * z + 1.0 / 21;
  tail = tail * z + 1.0 / 19;
  tail = tail * z + 1.0 / 17;
  tail = tail * z + 1.0 / 15;
  tail = tail * z + 1.0 / 13;
  tail = tail * z + 1.0 / 11;
  tail = tail * z + 1.0 / 9;
  tail = tail * z + 1.0 / 7;
  tail = tail * z + 1.0 / 5;
  tail = tail * z + 1.0 / 3;
  // 2 s = f − f²/2 + s f²/2 holds exactly, and loses nothing where f is small.
  double half_square = 0.5 * f * f;
  double correction = s * (half_square + 2 * z * tail) + k * 0x1.ef35793c76730p-45;
  return k * 0x1.62e42fefa3800p-1 - ((half_square - correction) - f);
}

/// eˣ for x ≤ 709, within 1 ulp; 0 below −708. x = k ln 2 + r with |r| ≤ ½ ln 2, and the Taylor
/// polynomial of eʳ.
CK_INLINE double ck_exp(double x) {
  double a = x < -708 ? -708 : x;
  double shifted = a * 0x1.71547652b82fep0 + 0x1.8p52;
  double k = shifted - 0x1.8p52;
  double r = (a - k * 0x1.62e42fefa3800p-1) - k * 0x1.ef35793c76730p-45;
  double p = 1.0 / 6227020800;
  p = p * r + 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  double power = 1 + (r + r * r * p);
  double result = ck_from_bits(ck_bits(power) + (ck_bits(shifted) << 52));
  return x < -708 ? 0 : result;
}

#endif
