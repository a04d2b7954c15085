#ifndef CK_GARCH_H
#define CK_GARCH_H

#include <stddef.h>

// The likelihood of the GARCH(1,1) family in one pass, with gradient, Hessian and scores.
//
//   εₜ = rₜ − μ,  hₜ₊₁ = ω + (α + γ 1[εₜ < 0]) εₜ² + β hₜ,  h₀ = ω + (α + γ/2 + β) s.
//
// Parameters stand in the order μ, ω, α, γ, β, ν everywhere.

enum {
  CK_GARCH_PARAMETERS = 6,
  /// The gradient, then the Hessian and the sum of the outer products of the scores, in full.
  CK_GARCH_DERIVATIVES = 6 + 36 + 36,
  /// The returns are worked on in so many stretches side by side.
  CK_GARCH_LANES = 8,
};

/// What of the family is there.
enum ck_garch_terms { CK_GARCH_MEAN = 1, CK_GARCH_LEVERAGE = 2, CK_GARCH_STUDENT_T = 4 };

/// The returns as ck_garch reads them: steps = ⌈count / 8⌉ rows of 8, return j · steps + k at
/// 8 k + j, each multiplied by `scale`; zeros fill the end. `lanes` has 8 · steps elements.
void ck_garch_lanes(const double *returns, size_t count, double scale, double *lanes);

/// The sum over `count` ≥ 64 returns of
///   ½ ln hₜ + ½ εₜ²/hₜ  for normal errors,
///   ½ ln hₜ + ½ (ν + 1) ln(1 + εₜ²/((ν − 2) hₜ))  for Student's t,
/// that is the negative logarithmic likelihood but for a constant of each return.
///
/// `presample` holds s and its first and second derivative by μ. `constant_slope` is the derivative
/// by ν of the constant that the caller subtracts for each return, so that gradient, Hessian (but
/// for its second derivative) and scores hold it. `derivatives` may be null.
///
/// Infinity where an h leaves 1e-36 … 1e36 by far; nothing is written then. The result does not
/// depend on the machine's instruction set.
double ck_garch(const double *lanes, size_t count, int terms, const double *parameters,
                const double *presample, double constant_slope, double *derivatives);

#endif
