#include "ck_random.h"

#include "normal_quantile.h"

#pragma STDC FP_CONTRACT OFF

/// Paths are worked on in groups of lanes for Philox, in chunks that stay in the first-level cache
/// for the transforms.
enum { lanes = 8, chunk = 512 };

/// A 32-bit word of `lanes` counters, each in 64 bits so that it multiplies without widening.
typedef uint64_t ck_words __attribute__((vector_size(8 * lanes)));

/// The first block index kept for chi-square draws.
#define CK_CHI_SQUARE_BLOCKS 0x80000000u

// Philox

#define CK_ROUND(c0, c1, c2, c3, k0, k1)                                         \
  do {                                                                           \
    __typeof__(c0) p0 = 0xD2511F53ull * (c0), p1 = 0xCD9E8D57ull * (c2);         \
    (c0) = (p1 >> 32) ^ (c1) ^ (k0), (c2) = (p0 >> 32) ^ (c3) ^ (k1);            \
    (c1) = p1 & 0xFFFFFFFFull, (c3) = p0 & 0xFFFFFFFFull;                        \
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

/// (j + ½) 2⁻⁵² from the top 52 bits j of 64: exact, never 0 or 1, and symmetric about ½.
CK_INLINE double ck_unit(uint64_t bits) {
  return ck_from_bits(0x3FF0000000000000ull | (bits >> 12)) - (1 - 0x1p-53);
}

/// Two uniforms for each of `lanes` paths: block `block` of paths path ..< path + lanes.
CK_INLINE void ck_uniform_pairs(uint64_t seed, uint32_t stream, uint64_t path, uint32_t block,
                                double *first, double *second) {
  ck_words c0 = (ck_words){} + block, c1 = (ck_words){} + stream;
  ck_words p = (ck_words){0, 1, 2, 3, 4, 5, 6, 7} + path, c2 = p & 0xFFFFFFFFu, c3 = p >> 32;
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    CK_ROUND(c0, c1, c2, c3, k0, k1);
    k0 += CK_WEYL0;
    k1 += CK_WEYL1;
  }
  ck_words bits[2] = {c0 | c1 << 32, c2 | c3 << 32};
  for (int l = 0; l < lanes; l++) first[l] = ck_unit(bits[0][l]), second[l] = ck_unit(bits[1][l]);
}

/// Uniforms of `count` ≤ chunk paths, two values each, in buffers padded to whole groups of lanes.
CK_INLINE void ck_uniform_chunk(uint64_t seed, uint32_t stream, uint64_t path, size_t count,
                                uint32_t block, double *first, double *second) {
  for (size_t i = 0; i < count; i += lanes)
    ck_uniform_pairs(seed, stream, path + i, block, first + i, second + i);
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

/// Two uniforms of block `block` of one path.
static void ck_path_block(uint64_t seed, uint32_t stream, uint64_t path, uint32_t block,
                          double *first, double *second) {
  uint32_t counter[4] = {block, stream, (uint32_t)path, (uint32_t)(path >> 32)};
  uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)}, out[4];
  ck_philox4x32(counter, key, 10, out);
  *first = ck_unit(out[0] | (uint64_t)out[1] << 32);
  *second = ck_unit(out[2] | (uint64_t)out[3] << 32);
}

/// A gamma variable of shape a ≥ 1 and scale 1: Marsaglia and Tsang, "A simple method for
/// generating gamma variables", ACM TOMS 26 (2000). One block for each attempt.
static double ck_gamma(uint64_t seed, uint32_t stream, uint64_t path, double a) {
  double d = a - 1.0 / 3, c = 1 / __builtin_sqrt(9 * d);
  for (uint32_t block = CK_CHI_SQUARE_BLOCKS + 1;; block++) {
    double first, u;
    ck_path_block(seed, stream, path, block, &first, &u);
    double x = ck_normal_quantile(first), w = 1 + c * x, v = w * w * w;
    if (v <= 0) continue;
    double square = x * x;
    if (u < 1 - 0.0331 * square * square) return d * v;
    if (ck_log(u) < 0.5 * square + d - d * v + d * ck_log(v)) return d * v;
  }
}

void ck_chi_squares(uint64_t seed, uint32_t stream, uint64_t first_path, size_t paths,
                    double degrees_of_freedom, double *out) {
  double shape = 0.5 * degrees_of_freedom;
  for (size_t i = 0; i < paths; i++)
    out[i] = 2 * ck_gamma(seed, stream, first_path + i, shape);
}
