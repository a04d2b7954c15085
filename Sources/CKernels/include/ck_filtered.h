#ifndef CK_FILTERED_H
#define CK_FILTERED_H

#include <stddef.h>

/// Sums of returns along paths of a GARCH(1,1) whose shocks are drawn from given residuals.
///
/// Path k draws at step i the residual z of row ⌊u · rows⌋, u = uniforms[k + i · paths], adds
/// mean + √h z to its sum, and goes on with h = omega + h · feedback of that row, feedback being
/// β + (α + γ 1[z < 0]) z². `pairs` holds z and feedback of each row side by side.
///
/// The sum after the last step goes to out[k]; with `every` not 0 that after step i to
/// out[k + i · stride]. The result does not depend on the machine's instruction set.
void ck_filtered_paths(const double *uniforms, size_t paths, size_t horizon, const double *pairs,
                       size_t rows, double mean, double omega, double first_variance, double *out,
                       size_t stride, int every);

#endif
