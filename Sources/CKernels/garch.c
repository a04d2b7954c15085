#include "ck_garch.h"

#include <math.h>

#include "ck_lanes.h"
#include "ck_scalar.h"

#pragma STDC FP_CONTRACT OFF

// hₜ follows from hₜ₋₁, so a single chain of them waits for itself at every step. But the recursion is
// linear in h with the constant factor β: eight stretches of the series run side by side, once from
// zero to learn what each adds, then from the values that this gives for their beginnings.

enum { lanes8 = CK_GARCH_LANES, block = 8 };

enum { MU, OMEGA, ALPHA, GAMMA, BETA, NU };

/// h, its gradient by μ, ω, α, γ, β, and the second derivatives that are not zero.
typedef struct {
  ck_v8 h, g[5];
  ck_v8 with_beta[5];  ///< ∂²h/∂β∂θ
  ck_v8 with_mean[4];  ///< ∂²h/∂μ∂θ for μ, (ω unused,) α, γ
} state;

/// What of the recursion is there, known when a variant is compiled.
typedef struct {
  int mean, leverage, student, derivatives;
} variant;

CK_INLINE int has(variant v, int parameter) {
  return parameter == MU ? v.mean : parameter == GAMMA ? v.leverage : 1;
}

/// The state after a return of deviation *e.
CK_INLINE void advance(state *s, const ck_v8 *e, const double *p, variant v) {
  const ck_v8 square = *e * *e, zero = {0};
  const ck_i8 below = *e < zero;
  const ck_v8 one = zero + 1.0, falls = (ck_v8)((ck_i8)one & below);
  const ck_v8 square_falls = (ck_v8)((ck_i8)square & below);
  const double beta = p[BETA];
  const ck_v8 news = v.leverage ? p[ALPHA] + p[GAMMA] * falls : zero + p[ALPHA];
  if (v.derivatives) {
    for (int i = 0; i < 5; i++)
      if (has(v, i)) s->with_beta[i] = beta * s->with_beta[i] + (i == BETA ? 2.0 : 1.0) * s->g[i];
    if (v.mean) {
      s->with_mean[MU] = beta * s->with_mean[MU] + 2.0 * news;
      s->with_mean[ALPHA] = beta * s->with_mean[ALPHA] - 2.0 * *e;
      if (v.leverage) s->with_mean[GAMMA] = beta * s->with_mean[GAMMA] - 2.0 * (*e * falls);
      s->g[MU] = beta * s->g[MU] - 2.0 * (news * *e);
    }
    s->g[OMEGA] = beta * s->g[OMEGA] + 1.0;
    s->g[ALPHA] = beta * s->g[ALPHA] + square;
    if (v.leverage) s->g[GAMMA] = beta * s->g[GAMMA] + square_falls;
    s->g[BETA] = beta * s->g[BETA] + s->h;
  }
  s->h = beta * s->h + (p[OMEGA] + news * square);
}

/// One lane's state, as scalars, by place: lane `from` of the state at a.
CK_INLINE double *lane(ck_v8 *x, int j) { return (double *)x + j; }

/// xⁿ by squaring, the same on every machine.
CK_INLINE double power(double x, size_t n) {
  double result = 1;
  for (; n; n >>= 1, x *= x)
    if (n & 1) result *= x;
  return result;
}

/// The states at the beginnings of the lanes, from what each adds when it begins at zero: with
/// B = βᴸ, B₁ = L βᴸ⁻¹ and B₂ = L (L − 1) βᴸ⁻² the end is B h + added, and its derivatives are
/// those of this formula.
CK_INLINE void begin(state *s, const state *first, size_t steps, const double *p, variant v) {
  state added = *s;
  *s = *first;
  double L = (double)steps, beta = p[BETA];
  double B2 = power(beta, steps - 2), B1 = B2 * beta, B = B1 * beta;
  B1 *= L, B2 *= L * (L - 1);
  for (int j = 1; j < lanes8; j++) {
    double h = *lane(&s->h, j - 1), hb = *lane(&s->g[BETA], j - 1);
    *lane(&s->h, j) = B * h + *lane(&added.h, j - 1);
    if (!v.derivatives) continue;
    for (int i = 0; i < 5; i++) {
      if (!has(v, i)) continue;
      double g = *lane(&s->g[i], j - 1), gb = *lane(&s->with_beta[i], j - 1);
      *lane(&s->g[i], j) = B * g + *lane(&added.g[i], j - 1) + (i == BETA ? B1 * h : 0);
      *lane(&s->with_beta[i], j) = B * gb + *lane(&added.with_beta[i], j - 1)
          + (i == BETA ? 2 * B1 * hb + B2 * h : B1 * g);
    }
    for (int i = 0; i < 4; i++)
      *lane(&s->with_mean[i], j) =
          B * *lane(&s->with_mean[i], j - 1) + *lane(&added.with_mean[i], j - 1);
  }
}

CK_INLINE double total(const ck_v8 *x) {
  const double *e = (const double *)x;
  return ((e[0] + e[4]) + (e[2] + e[6])) + ((e[1] + e[5]) + (e[3] + e[7]));
}

/// Adds the logarithms of *product to *sum and sets *product to 1; whether they were in range.
CK_INLINE int take_logarithm(ck_v8 *product, ck_v8 *sum) {
  double x[lanes8], y[lanes8];
  memcpy(x, product, sizeof x);
  int good = 1;
  for (int j = 0; j < lanes8; j++) {
    good &= x[j] > 1e-290 && x[j] < 1e290;
    y[j] = ck_log(x[j]);
  }
  ck_v8 logarithm;
  memcpy(&logarithm, y, sizeof y);
  *sum += logarithm;
  *product = (ck_v8){0} + 1.0;
  return good;
}

/// The derivatives of one return's term f(h, μ, ν), μ as it stands beside h.
typedef struct {
  ck_v8 h, hh, mu, mu_mu, mu_h, nu, nu_nu, nu_h, nu_mu;
} term;

CK_INLINE void normal_term(term *f, const ck_v8 *e, const ck_v8 *inverse, const ck_v8 *u) {
  const ck_v8 half = 0.5 * *inverse;
  f->h = half * (1.0 - *u);
  f->hh = half * *inverse * (2.0 * *u - 1.0);
  f->mu_mu = *inverse;
  f->mu = -(*e * *inverse);
  f->mu_h = *e * *inverse * *inverse;
}

CK_INLINE void student_term(term *f, const ck_v8 *e, const ck_v8 *inverse, const ck_v8 *u,
                            const ck_v8 *logarithm, double nu, double constant_slope) {
  const double w = nu - 2, a = nu + 1;
  const ck_v8 q = 1.0 / (w + *u), uq = *u * q, half = 0.5 * *inverse, slope = 1.0 - a * q;
  f->h = half * (1.0 - a * uq);
  f->hh = half * *inverse * (a * uq * (1.0 + w * q) - 1.0);
  f->mu_mu = a * *inverse * q * (1.0 - 2.0 * uq);
  f->mu = -(a * *e * *inverse * q);
  f->mu_h = a * *e * *inverse * *inverse * q * (1.0 - uq);
  f->nu = 0.5 * *logarithm - 0.5 * a * uq / w - constant_slope;
  f->nu_nu = 0.5 * a * (1.0 / (w * w) - q * q) - uq / w;
  f->nu_h = -(half * uq * slope);
  f->nu_mu = -(*e * *inverse * q * slope);
}

typedef struct {
  ck_v8 gradient[6], hessian[6][6], scores[6][6];
} sums;

/// Adds the derivatives of one return's term, `weight` 1 or 0.
CK_INLINE void accumulate(sums *total, const term *f, const state *s, const ck_v8 *weight, variant v) {
  ck_v8 score[6] = {{0}};
  const ck_v8 w = *weight, fh = w * f->h, fhh = w * f->hh;
  for (int i = 0; i < 5; i++)
    if (has(v, i)) score[i] = fh * s->g[i];
  if (v.mean) score[MU] += w * f->mu;
  if (v.student) score[NU] = w * f->nu;

  for (int i = 0; i < 6; i++) {
    if (i == NU ? !v.student : !has(v, i)) continue;
    total->gradient[i] += score[i];
    const ck_v8 row = i == NU ? w * f->nu_h : fhh * s->g[i] + (i == MU ? w * f->mu_h : (ck_v8){0});
    for (int j = 0; j <= i; j++) {
      if (j == NU ? !v.student : !has(v, j)) continue;
      total->scores[i][j] += score[i] * score[j];
      if (j == NU)
        total->hessian[i][j] += w * f->nu_nu;
      else
        total->hessian[i][j] += row * s->g[j];
    }
    if (v.mean) {
      if (i == MU) total->hessian[MU][MU] += w * (f->mu_mu + f->mu_h * s->g[MU]);
      else if (i == NU) total->hessian[NU][MU] += w * f->nu_mu;
      else total->hessian[i][MU] += w * f->mu_h * s->g[i];
    }
  }
  for (int i = 0; i < 5; i++)
    if (has(v, i)) total->hessian[BETA][i] += fh * s->with_beta[i];
  if (v.mean) {
    total->hessian[MU][MU] += fh * s->with_mean[MU];
    total->hessian[ALPHA][MU] += fh * s->with_mean[ALPHA];
    if (v.leverage) total->hessian[GAMMA][MU] += fh * s->with_mean[GAMMA];
  }
}

CK_INLINE double likelihood(const double *x, size_t count, const double *p, const double *presample,
                            double constant_slope, double *derivatives, variant v) {
  const size_t steps = (count + lanes8 - 1) / lanes8;
  const size_t missing = steps * lanes8 - count;
  const ck_v8 mean = (ck_v8){0} + (v.mean ? p[MU] : 0);

  state s = {0};
  for (size_t k = 0; k < steps; k++) {
    const ck_v8 e = *(const ck_v8u *)(x + k * lanes8) - mean;
    advance(&s, &e, p, v);
  }
  const double persistence = p[ALPHA] + 0.5 * p[GAMMA] + p[BETA];
  state first = {0};
  *lane(&first.h, 0) = p[OMEGA] + persistence * presample[0];
  *lane(&first.g[OMEGA], 0) = 1;
  *lane(&first.g[ALPHA], 0) = *lane(&first.g[BETA], 0) = presample[0];
  *lane(&first.g[GAMMA], 0) = 0.5 * presample[0];
  *lane(&first.g[MU], 0) = persistence * presample[1];
  *lane(&first.with_mean[MU], 0) = persistence * presample[2];
  *lane(&first.with_mean[ALPHA], 0) = *lane(&first.with_beta[MU], 0) = presample[1];
  *lane(&first.with_mean[GAMMA], 0) = 0.5 * presample[1];
  begin(&s, &first, steps, p, v);

  sums all = {0};
  const ck_v8 one = (ck_v8){0} + 1.0;
  ck_v8 squares = {0}, h_logarithms = {0}, t_logarithms = {0}, h_product = one, t_product = one;
  ck_v8 weight = one;
  int good = 1;
  for (size_t k = 0; k < steps; k++) {
    // All that is missing is at the end of the last lane: count ≥ 64.
    if (k + missing == steps) weight[lanes8 - 1] = 0;
    const ck_v8 e = *(const ck_v8u *)(x + k * lanes8) - mean;
    const ck_v8 inverse = 1.0 / s.h, u = e * e * inverse;
    h_product *= weight * s.h + (one - weight);
    if (v.student) t_product *= 1.0 + weight * u / (p[NU] - 2);
    else squares += weight * u;
    if (v.derivatives) {
      term f;
      if (v.student) {
        const ck_v8 stretch = 1.0 + u / (p[NU] - 2);
        double a[lanes8], b[lanes8];
        memcpy(a, &stretch, sizeof a);
        for (int j = 0; j < lanes8; j++) b[j] = ck_log(a[j]);
        ck_v8 logarithm;
        memcpy(&logarithm, b, sizeof b);
        student_term(&f, &e, &inverse, &u, &logarithm, p[NU], constant_slope);
      } else {
        normal_term(&f, &e, &inverse, &u);
      }
      accumulate(&all, &f, &s, &weight, v);
    }
    if (k % block == block - 1 || k + 1 == steps) {
      good &= take_logarithm(&h_product, &h_logarithms);
      if (v.student) good &= take_logarithm(&t_product, &t_logarithms);
    }
    advance(&s, &e, p, v);
  }
  if (!good) return INFINITY;
  if (v.derivatives) {
    double *gradient = derivatives, *hessian = gradient + 6, *scores = hessian + 36;
    for (int i = 0; i < 6; i++) {
      gradient[i] = total(&all.gradient[i]);
      for (int j = 0; j <= i; j++) {
        hessian[6 * i + j] = hessian[6 * j + i] = total(&all.hessian[i][j]);
        scores[6 * i + j] = scores[6 * j + i] = total(&all.scores[i][j]);
      }
    }
  }
  double tails = v.student ? (p[NU] + 1) * total(&t_logarithms) : total(&squares);
  return 0.5 * (total(&h_logarithms) + tails);
}

CK_CLONES
double ck_garch(const double *lanes, size_t count, int terms, const double *parameters,
                const double *presample, double constant_slope, double *derivatives) {
#define CASE(number)                                                                               \
  case number:                                                                                     \
    return likelihood(lanes, count, parameters, presample, constant_slope, derivatives,            \
                      (variant){(number) & 1, (number) >> 1 & 1, (number) >> 2 & 1,                \
                                (number) >> 3})
  switch ((terms & 7) + (derivatives ? 8 : 0)) {
    CASE(0); CASE(1); CASE(2); CASE(3); CASE(4); CASE(5); CASE(6); CASE(7);
    CASE(8); CASE(9); CASE(10); CASE(11); CASE(12); CASE(13); CASE(14); CASE(15);
  }
#undef CASE
  return INFINITY;
}

void ck_garch_lanes(const double *returns, size_t count, double scale, double *lanes) {
  const size_t steps = (count + lanes8 - 1) / lanes8;
  for (size_t j = 0; j < lanes8; j++)
    for (size_t k = 0; k < steps; k++) {
      const size_t t = j * steps + k;
      lanes[k * lanes8 + j] = t < count ? returns[t] * scale : 0;
    }
}
