/// Sums of doubles and of their squares without any rounding, whatever the order.
#ifndef CK_EXACT_SUM_H
#define CK_EXACT_SUM_H

#include <stddef.h>
#include <stdint.h>

// An exact sum is kept in digits of 32 bits with room for carries, digit k in units of 2^(32k − q): the
// "small superaccumulator" of Neal, "Fast exact summation using small and large superaccumulators",
// arXiv:1505.05571 (2015), here with integers throughout. The counts below hold every finite double (q =
// 1074) and every square of one (q = 2148), and the carries of 2⁶³ of them.
enum { CK_EXACT_DIGITS = 68, CK_EXACT_SQUARE_DIGITS = 135 };

/// Adds finite doubles to normal digits, and leaves them normal.
void ck_exact_add(int64_t digits[CK_EXACT_DIGITS], size_t count, const double *x);

/// Adds the squares of finite doubles to normal digits, and leaves them normal.
void ck_exact_add_squares(int64_t digits[CK_EXACT_SQUARE_DIGITS], size_t count, const double *x);

/// Makes digits normal: the only ones of the same value that lie in 0 ..< 2³², but for the last, which
/// has the sign.
void ck_exact_normalise(size_t digit_count, int64_t *digits);

#endif
