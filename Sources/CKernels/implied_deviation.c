#include "CKernels.h"

#include "ck_black_vector.h"

/// H(κ)/ln(1 + κ) at μ = √ln(1 + κ), where H solves κ = H/(φ(H) − H Φ(−H)): the distance |F − K|/s_N
/// of Bachelier's formula from the ratio of |F − K| to the value out of the money. Within 3e-4 for
/// H ≤ 40; a fit of degree 3 over 4, whose leading terms give √2/μ and whose value at 0 is φ(0).
CK_VECTOR_INLINE void ck_bachelier_distance(const ck_v8 *root, ck_v8 *result) {
  const ck_v8 m = *root;
  const ck_v8 top = ((0.019142643270020333 * m + 0.035169803193484686) * m + 0.008510936226399498) * m
      + 0.398825624981787;
  const ck_v8 bottom =
      (((0.01358247140831247 * m + 0.023377154287936526) * m + 0.10962374054522123) * m
       + 0.015076566923620218) * m
      + 1.0;
  *result = top / bottom;
}

/// A first s within 1.4e-2 of itself wherever s ≤ 2.
///
/// To leading order in s Black's and Bachelier's formulas agree at s = |x| s_N/|F − K|, and to the next
/// at s (1 + A s²), A = ln(sinh(x/2)/(x/2))/x² = 1/24 − …; at the money the term after it is
/// (7/1920) s⁴.
CK_VECTOR_INLINE void ck_first_deviation(const ck_v8 *time_value, const ck_v8 *difference,
                                         const ck_v8 *forward, const ck_v8 *log_ratio,
                                         ck_v8 *result) {
  const ck_v8 x = CK_MAGNITUDE(*log_ratio), gap = CK_MAGNITUDE(*difference), one = CK_SPLAT(1.0);
  const ck_v8 ratio = gap / *time_value;
  // The digits of ln(1 + κ) end at small κ, where H/κ is constant to all that matters.
  const ck_v8 kappa = CK_SELECT(ratio > 1e-8, ratio, CK_SPLAT(1e-8));
  const ck_v8 above = kappa + 1.0;
  ck_v8 logarithm, share;
  ck_log_ratio(&above, &one, &logarithm);
  const ck_v8 root = __builtin_elementwise_sqrt(logarithm);
  ck_bachelier_distance(&root, &share);
  const ck_v8 slope = CK_SELECT(gap > 0.0, x / gap, 1.0 / *forward);
  const ck_v8 s = *time_value * slope * kappa / (logarithm * share);
  const ck_v8 curvature = 1.0 / (24.0 + 0.2 * (x * x) / (1.0 + 0.1 * x));
  const ck_v8 a = s * s * curvature;
  const ck_v8 first = s * (1.0 + a * (1.0 + 2.1 * a));
  *result = CK_SELECT(first < CK_LARGEST_DEVIATION, first, CK_SPLAT(CK_LARGEST_DEVIATION));
}

/// One step of Householder's method of fourth order on ln b(x, s) − ln β, relative to s.
///
/// With κ = b/(s b′), w = h² − t², b″/b′ = w/s and b‴/b′ = (w² − 3h² − t²)/s², and with the residual r,
/// the step is −κ r (1 − a/2)/(1 − a + c/6), a = r (κw − 1), c = r² (κ² (w² − 3h² − t²) − 3κw + 2). The
/// logarithm of b is that of its factors, so that nothing under- or overflows.
CK_VECTOR_INLINE void ck_householder_step(const ck_v8 *target, const ck_v8 *x, const ck_v8 *deviation,
                                          ck_v8 *step) {
  const ck_v8 s = *deviation;
  ck_mills_pair pair;
  pair.distance = *x / s;
  pair.distance = CK_SELECT(pair.distance < CK_LARGEST_DISTANCE, pair.distance,
                            CK_SPLAT(CK_LARGEST_DISTANCE));
  pair.half_deviation = 0.5 * s;
  const ck_i8 near = {0};
  ck_mills_difference(&pair, &near);
  const ck_v8 h2 = pair.distance * pair.distance, t2 = pair.half_deviation * pair.half_deviation;
  const ck_v8 k = pair.mean_slope, w = h2 - t2;
  const ck_v8 model = s * k * CK_INVERSE_ROOT_2PI;
  ck_v8 factor;
  ck_log_ratio(&model, target, &factor);
  const ck_v8 r = factor - 0.5 * (h2 + t2);
  const ck_v8 kw = k * w;
  const ck_v8 a = r * (kw - 1.0);
  const ck_v8 c = r * r * (k * k * (w * w - 3.0 * h2 - t2) - 3.0 * kw + 2.0);
  *step = -(k * r) * (1.0 - 0.5 * a) / (1.0 - a + c * (1.0 / 6));
}

CK_CLONES void ck_implied_deviations(const double *values, const double *forwards,
                                     const double *strikes, const double *signs, size_t count,
                                     double *deviations) {
  double rooms[4][8];
  for (size_t i = 0; i < count; i += 8) {
    const size_t left = count - i;
    const ck_v8 forward = CK_LOAD(ck_padded(forwards + i, left, rooms[0]));
    const ck_v8 strike = CK_LOAD(ck_padded(strikes + i, left, rooms[1]));
    const ck_v8 value = CK_LOAD(ck_padded(values + i, left, rooms[2]));
    const ck_v8 sign = CK_LOAD(ck_padded(signs + i, left, rooms[3]));
    const ck_v8 difference = forward - strike;
    const ck_v8 gain = difference * sign;
    const ck_v8 time_value = value - CK_SELECT(gain > 0.0, gain, (ck_v8){0});
    ck_i8 ordinary_forward, ordinary_strike;
    ck_ordinary(&forward, &ordinary_forward);
    ck_ordinary(&strike, &ordinary_strike);
    const ck_v8 scale = __builtin_elementwise_sqrt(forward * strike);
    const ck_v8 target = time_value / scale;
    const ck_i8 good =
        ordinary_forward & ordinary_strike & (target > 1e-290) & (target < 1.0);

    ck_v8 log_ratio, s;
    ck_log_ratio(&forward, &strike, &log_ratio);
    const ck_v8 x = CK_MAGNITUDE(log_ratio);
    ck_first_deviation(&time_value, &difference, &forward, &log_ratio, &s);
    // After a step below 1e-4 the error, of its fourth power, is below rounding. Lanes that are done
    // keep their value whatever their neighbours need.
    ck_i8 open = good;
    for (int round = 0; round < 5; round++) {
      ck_v8 step;
      ck_householder_step(&target, &x, &s, &step);
      const ck_v8 next = s + s * step;
      s = CK_SELECT(open, next, s);
      open &= CK_MAGNITUDE(step) > 1e-4;
      int64_t any = 0;
      for (int j = 0; j < 8; j++) any |= open[j];
      if (!any) break;
    }
    const ck_i8 found = good & ~open & (s > 1e-12) & (s <= CK_LARGEST_DEVIATION);
    const ck_v8 result = CK_SELECT(found, s, CK_NAN);
    ck_store(&result, left, deviations + i);
  }
}
