#ifndef CK_RANDOM_H
#define CK_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/// One block of Philox4x32 (Salmon, Moraes, Dror, Shaw 2011) after the given number of rounds.
void ck_philox4x32(const uint32_t counter[4], const uint32_t key[2], int rounds, uint32_t out[4]);

/// Values 0 ..< dimension of paths first_path ..< first_path + paths, uniform on (0, 1): value k of
/// path p goes to out[(p - first_path) + k * stride].
void ck_uniforms(uint64_t seed, uint32_t stream, uint64_t first_path, size_t paths,
                 size_t dimension, double *out, size_t stride);

/// As ck_uniforms, each value replaced by its standard normal quantile.
void ck_normals(uint64_t seed, uint32_t stream, uint64_t first_path, size_t paths,
                size_t dimension, double *out, size_t stride);

/// One gamma variable for each path, of a positive shape. The blocks it reads are those with the top
/// bit of the block index set, which the uniforms never reach.
void ck_gammas(uint64_t seed, uint32_t stream, uint64_t first_path, size_t paths, double shape,
               double scale, double *out);

/// The standard normal quantile of each element, in place; elements lie in (0, 1).
void ck_normal_quantiles(double *values, size_t count);

/// The standard normal quantile of p in (0, 1), bit for bit what ck_normal_quantiles gives.
double ck_normal_quantile(double p);

#endif
