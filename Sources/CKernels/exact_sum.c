#include "CKernels.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

// x = ±m 2^(e − 1074) with an integer m < 2⁵³ and e ≥ 0.
INLINE uint64_t parts(double x, uint64_t *m, int64_t *sign) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint64_t biased = bits >> 52 & 0x7FF;
  *m = (bits & 0xFFFFFFFFFFFFFull) | (uint64_t)(biased != 0) << 52;
  *sign = (int64_t)bits >> 63;  // 0 or −1
  return biased - (biased != 0);
}

INLINE void add(int64_t *digits, double x) {
  uint64_t m;
  int64_t sign;
  const uint64_t e = parts(x, &m, &sign), shift = e & 31;
  int64_t *d = digits + (e >> 5);
  const uint64_t low = (m & 0xFFFFFFFF) << shift, high = (m >> 32) << shift;
  const int64_t d0 = (int64_t)(low & 0xFFFFFFFF);
  const int64_t d1 = (int64_t)((low >> 32) + (high & 0xFFFFFFFF));
  const int64_t d2 = (int64_t)(high >> 32);
  d[0] += (d0 ^ sign) - sign;
  d[1] += (d1 ^ sign) - sign;
  d[2] += (d2 ^ sign) - sign;
}

INLINE void add_square(int64_t *digits, double x) {
  uint64_t m;
  int64_t sign;
  const uint64_t e = 2 * parts(x, &m, &sign), shift = e & 31;
  int64_t *d = digits + (e >> 5);
  const unsigned __int128 square = (unsigned __int128)m * m;  // < 2¹⁰⁶
  uint64_t carry = 0;
  for (int k = 0; k < 4; k++) {
    const uint64_t piece = (uint64_t)(square >> (32 * k) & 0xFFFFFFFF) << shift;
    d[k] += (int64_t)((piece & 0xFFFFFFFF) + carry);
    carry = piece >> 32;
  }
  d[4] += (int64_t)carry;
}

void ck_exact_normalise(size_t digit_count, int64_t *digits) {
  for (size_t k = 0; k + 1 < digit_count; k++) {
    const int64_t carry = digits[k] >> 32;
    digits[k] -= carry * ((int64_t)1 << 32);
    digits[k + 1] += carry;
  }
}

// One number adds less than 2³³ to a digit: after 2²⁹ of them it is still below 2⁶³.
enum { between_carries = 1 << 29 };

void ck_exact_add(int64_t digits[CK_EXACT_DIGITS], size_t count, const double *x) {
  for (size_t first = 0; first < count; first += between_carries) {
    const size_t left = count - first, n = left < between_carries ? left : between_carries;
    for (size_t i = 0; i < n; i++) add(digits, x[first + i]);
    ck_exact_normalise(CK_EXACT_DIGITS, digits);
  }
}

void ck_exact_add_squares(int64_t digits[CK_EXACT_SQUARE_DIGITS], size_t count, const double *x) {
  for (size_t first = 0; first < count; first += between_carries) {
    const size_t left = count - first, n = left < between_carries ? left : between_carries;
    for (size_t i = 0; i < n; i++) add_square(digits, x[first + i]);
    ck_exact_normalise(CK_EXACT_SQUARE_DIGITS, digits);
  }
}
