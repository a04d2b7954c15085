#include "ck_random.h"

#include "normal_quantile.h"

#pragma STDC FP_CONTRACT OFF

/// Paths are worked on in groups of lanes for Philox, two vectors of AVX-512 to hide latencies, in
/// chunks that stay in the first-level cache for the transforms.
enum { lanes = 16, chunk = 512 };

/// A 32-bit word of `lanes` counters, each in 64 bits so that it multiplies without widening.
typedef uint64_t ck_words __attribute__((vector_size(8 * lanes)));
typedef double ck_doubles __attribute__((vector_size(8 * lanes)));

/// The first block index kept for gamma variables.
#define CK_GAMMA_BLOCKS 0x80000000u

// Philox

// Only the low half of each 64-bit word counts until `CK_LOW` clears the other.
#define CK_LOW(c) ((c) & 0xFFFFFFFFull)

#define CK_ROUND(c0, c1, c2, c3, k0, k1)                                                           \
  do {                                                                                             \
    __typeof__(c0) p0 = 0xD2511F53ull * CK_LOW(c0), p1 = 0xCD9E8D57ull * CK_LOW(c2);               \
    (c0) = (p1 >> 32) ^ (c1) ^ (k0), (c2) = (p0 >> 32) ^ (c3) ^ (k1), (c1) = p1, (c3) = p0;        \
  } while (0)

#define CK_WEYL0 0x9E3779B9u
#define CK_WEYL1 0xBB67AE85u

void ck_philox4x32(const uint32_t counter[4], const uint32_t key[2], int rounds, uint32_t out[4]) {
  uint64_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < rounds; round++) {
    CK_ROUND(c0, c1, c2, c3, k0, k1);
    k0 += CK_WEYL0;
    k1 += CK_WEYL1;
  }
  out[0] = (uint32_t)c0, out[1] = (uint32_t)c1, out[2] = (uint32_t)c2, out[3] = (uint32_t)c3;
}

/// Two uniforms for each of `lanes` paths, to memory of any alignment: of block `block` the top 52
/// bits j of each 64, as (j + ½) 2⁻⁵²: exact, never 0 or 1, and symmetric about ½.
CK_INLINE void ck_uniform_pairs(uint64_t seed, uint32_t stream, const ck_words *paths,
                                uint32_t block, double *first, double *second) {
  ck_words c0 = (ck_words){} + block, c1 = (ck_words){} + stream, c2 = *paths, c3 = *paths >> 32;
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
    CK_ROUND(c0, c1, c2, c3, k0, k1);
    k0 += CK_WEYL0;
    k1 += CK_WEYL1;
  }
  ck_words bits[2] = {CK_LOW(c0) | c1 << 32, CK_LOW(c2) | c3 << 32};
  ck_doubles values[2];
  for (int half = 0; half < 2; half++)
    values[half] = (ck_doubles)(0x3FF0000000000000ull | bits[half] >> 12) - (1 - 0x1p-53);
  memcpy(first, values, sizeof values[0]);
  memcpy(second, values + 1, sizeof values[1]);
}

/// Uniforms of `count` ≤ chunk paths, two values each, in buffers padded to whole groups of lanes.
CK_INLINE void ck_uniform_chunk(uint64_t seed, uint32_t stream, uint64_t path, size_t count,
                                uint32_t block, double *first, double *second) {
  ck_words paths = (ck_words){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} + path;
  for (size_t i = 0; i < count; i += lanes, paths += lanes)
    ck_uniform_pairs(seed, stream, &paths, block, first + i, second + i);
}

// Normal quantiles

double ck_normal_quantile(double p) {
  double q = p - 0.5;
  if (q >= -CK_CENTRE && q <= CK_CENTRE) return ck_quantile_centre(q);
  double t = q < 0 ? p : 1 - p;
  double log_t = t < 0x1p-1022 ? ck_log(t * 0x1p60) - 60 * 0x1.62e42fefa39efp-1 : ck_log(t);
  double r = __builtin_sqrt(-log_t);
  double x = r <= CK_FAR ? ck_quantile_tail(r) : ck_quantile_far(r);
  return q < 0 ? -x : x;
}

/// In place for count ≤ chunk values: the centre everywhere, then the values in the tails, about 15
/// of 100, gathered, worked on together and put back.
CK_INLINE void ck_quantile_chunk(double *values, size_t count) {
  double tail[chunk];
  uint16_t place[chunk];
  size_t tails = 0;
  for (size_t i = 0; i < count; i++) {
    double q = values[i] - 0.5;
    place[tails] = (uint16_t)i;
    tail[tails] = values[i];
    tails += (q < -CK_CENTRE) | (q > CK_CENTRE);
  }
  for (size_t i = 0; i < count; i++) values[i] = ck_quantile_centre(values[i] - 0.5);
  for (size_t i = 0; i < tails; i++) {
    double p = tail[i], t = p < 0.5 ? p : 1 - p;
    double r = __builtin_elementwise_sqrt(-ck_log(t));
    double x = ck_quantile_tail(r);
    x = p < 0.5 ? -x : x;
    tail[i] = r > CK_FAR ? p : x;  // the far tail keeps its p, below 1
  }
  for (size_t i = 0; i < tails; i++) {
    double x = tail[i];
    values[place[i]] = x > 0 && x < 1 ? ck_normal_quantile(x) : x;
  }
}

CK_CLONES
void ck_normal_quantiles(double *values, size_t count) {
  for (size_t i = 0; i < count; i += chunk)
    ck_quantile_chunk(values + i, count - i < chunk ? count - i : chunk);
}

// Streams

// Uniforms, or their normal quantiles, in blocks of paths; inlined into both clones.
CK_INLINE void fill_stream(uint64_t seed, uint32_t stream, uint64_t first_path, size_t paths,
                           size_t dimension, double *out, size_t stride, int normal) {
  double pair[2][chunk];
  for (size_t i = 0; i < paths; i += chunk) {
    size_t count = paths - i < chunk ? paths - i : chunk;
    for (size_t k = 0; k < dimension; k += 2) {
      ck_uniform_chunk(seed, stream, first_path + i, count, (uint32_t)(k / 2), pair[0], pair[1]);
      for (size_t half = 0; half < 2 && k + half < dimension; half++) {
        if (normal) ck_quantile_chunk(pair[half], count);
        memcpy(out + i + (k + half) * stride, pair[half], count * sizeof(double));
      }
    }
  }
}

CK_CLONES
void ck_uniforms(uint64_t seed, uint32_t stream, uint64_t first_path, size_t paths,
                 size_t dimension, double *out, size_t stride) {
  fill_stream(seed, stream, first_path, paths, dimension, out, stride, 0);
}

CK_CLONES
void ck_normals(uint64_t seed, uint32_t stream, uint64_t first_path, size_t paths,
                size_t dimension, double *out, size_t stride) {
  fill_stream(seed, stream, first_path, paths, dimension, out, stride, 1);
}

// Gamma variables

/// Variables of shape a ≥ 1 and scale 1 of count ≤ chunk paths: Marsaglia and Tsang, "A simple
/// method for generating gamma variables", ACM TOMS 26 (2000). One block for each attempt; those
/// that are turned down, 5 of 100 at a = 1, try again together.
CK_INLINE void gamma_chunk(uint64_t seed, uint32_t stream, uint64_t first_path, size_t count,
                           double a, double *out) {
  const double d = a - 1.0 / 3, c = 1 / __builtin_sqrt(9 * d);
  uint16_t place[chunk], doubtful[chunk];
  double x[chunk], u[chunk], v[chunk], below[chunk];
  uint64_t path[chunk] = {0};
  for (size_t i = 0; i < count; i++) place[i] = (uint16_t)i;
  for (uint32_t block = CK_GAMMA_BLOCKS + 1; count > 0; block++) {
    for (size_t i = 0; i < count; i++) path[i] = first_path + place[i];
    for (size_t i = 0; i < count; i += lanes) {
      ck_words paths;
      memcpy(&paths, path + i, sizeof paths);
      ck_uniform_pairs(seed, stream, &paths, block, x + i, u + i);
    }
    ck_quantile_chunk(x, count);
    for (size_t i = 0; i < count; i++) {
      double w = 1 + c * x[i], square = x[i] * x[i];
      v[i] = w * w * w;
      below[i] = 1 - 0.0331 * square * square - u[i];
    }
    size_t doubts = 0, left = 0;
    for (size_t i = 0; i < count; i++) {
      out[place[i]] = d * v[i];
      doubtful[doubts] = (uint16_t)i;
      doubts += (v[i] <= 0) | (below[i] <= 0);
    }
    for (size_t k = 0; k < doubts; k++) {
      size_t i = doubtful[k];
      double cube = v[i] > 0 ? v[i] : 1, square = x[i] * x[i];
      double limit = 0.5 * square + d - d * cube + d * ck_log(cube);
      below[k] = v[i] > 0 ? limit - ck_log(u[i]) : -1;
    }
    for (size_t k = 0; k < doubts; k++) {
      place[left] = place[doubtful[k]];
      left += !(below[k] > 0);
    }
    count = left;
  }
}

/// For a < 1 a variable of shape a + 1 times U^(1/a), with U of the block before the attempts.
CK_CLONES
void ck_gammas(uint64_t seed, uint32_t stream, uint64_t first_path, size_t paths, double shape,
               double scale, double *out) {
  for (size_t i = 0; i < paths; i += chunk) {
    size_t count = paths - i < chunk ? paths - i : chunk;
    gamma_chunk(seed, stream, first_path + i, count, shape < 1 ? shape + 1 : shape, out + i);
    if (shape < 1) {
      double u[chunk], unused[chunk];
      ck_uniform_chunk(seed, stream, first_path + i, count, CK_GAMMA_BLOCKS, u, unused);
      for (size_t k = 0; k < count; k++) out[i + k] *= ck_exp(ck_log(u[k]) / shape);
    }
    for (size_t k = 0; k < count; k++) out[i + k] *= scale;
  }
}
