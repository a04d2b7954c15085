#include "ck_sobol.h"

#include "ck_scalar.h"

#pragma STDC FP_CONTRACT OFF

// Direction numbers

/// The numbers of Joe and Kuo, packed as sobol_joe_kuo.md says; their notice stands there.
static const uint8_t table[] = {
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed "sobol_joe_kuo.bin"
};

/// How many primitive polynomials over GF(2) there are of degree s.
static const uint32_t polynomials[19] = {0,  1,   1,   2,   2,   6,    6,    18,   16,  48,
                                         60, 176, 144, 630, 756, 1800, 2048, 7710, 7776};

static uint32_t read_bits(size_t *place, uint32_t count) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < count; i++, (*place)++)
    value = value << 1 | (table[*place / 8] >> (7 - *place % 8) & 1);
  return value;
}

void ck_sobol_directions(uint32_t dimension, uint64_t v[CK_SOBOL_BITS]) {
  if (dimension == 0) {
    for (uint32_t j = 0; j < CK_SOBOL_BITS; j++) v[j] = 1ull << (63 - j);
    return;
  }
  uint32_t s = 1, index = dimension - 1;
  size_t place = 0;
  for (; index >= polynomials[s]; index -= polynomials[s++])
    place += (size_t)polynomials[s] * (s - 1) * (s + 2) / 2;
  place += (size_t)index * (s - 1) * (s + 2) / 2;

  uint32_t inner = read_bits(&place, s - 1);
  for (uint32_t j = 0; j < s; j++) v[j] = (2ull * read_bits(&place, j) + 1) << (63 - j);
  for (uint32_t j = s; j < CK_SOBOL_BITS; j++) {
    v[j] = v[j - s] ^ (v[j - s] >> s);
    for (uint32_t k = 1; k < s; k++)
      if (inner >> (s - 1 - k) & 1) v[j] ^= v[j - k];
  }
}

void ck_sobol_scramble(const uint64_t random[CK_SOBOL_BITS], uint64_t v[CK_SOBOL_BITS]) {
  uint64_t columns[CK_SOBOL_BITS];
  for (uint32_t c = 0; c < CK_SOBOL_BITS; c++) columns[c] = random[c] >> (c + 1) | 1ull << (63 - c);
  for (uint32_t j = 0; j < CK_SOBOL_BITS; j++) {
    uint64_t image = 0;
    for (uint64_t left = v[j]; left != 0; left &= left - 1)
      image ^= columns[63 - __builtin_ctzll(left)];
    v[j] = image & ~0ull << (64 - CK_SOBOL_BITS);
  }
}

// Points

/// Points come in runs of at most this many that differ only in the low digits of their index.
enum { run_bits = 8, run = 1 << run_bits };

/// What the low digits of an index add to a word. The Gray code is linear, so that the word of
/// a + b is that of a plus that of b where a is a multiple of the run and b within it.
CK_INLINE void run_words(const uint64_t *directions, uint32_t bits, uint64_t words[run]) {
  words[0] = 0;
  for (uint32_t k = 0; k < bits; k++) {
    uint64_t step = directions[k] ^ (k > 0 ? directions[k - 1] : 0);
    for (uint32_t i = 0; i < 1u << k; i++) words[i | 1u << k] = words[i] ^ step;
  }
}

CK_INLINE uint64_t sobol_word(const uint64_t *directions, uint64_t index) {
  uint64_t word = 0;
  for (uint64_t gray = index ^ index >> 1; gray != 0; gray &= gray - 1)
    word ^= directions[__builtin_ctzll(gray)];
  return word;
}

/// The runs are as long as the range, so that few points cost little.
CK_INLINE uint32_t bits_of_run(size_t count) {
  uint32_t bits = 0;
  while (bits < run_bits && (size_t)1 << bits < count) bits++;
  return bits;
}

CK_CLONES
void ck_sobol_points(const uint64_t directions[CK_SOBOL_BITS], uint64_t shift, uint64_t first,
                     size_t count, double offset, double *out) {
  uint64_t words[run];
  uint32_t bits = bits_of_run(count);
  run_words(directions, bits, words);
  uint64_t end = first + count, low = (1ull << bits) - 1;
  for (uint64_t start = first; start < end; start = (start | low) + 1) {
    uint64_t base = shift ^ sobol_word(directions, start & ~low), skipped = start & low;
    uint64_t length = (end - start < low + 1 - skipped) ? end - start : low + 1 - skipped;
    double *target = out + (start - first);
    for (uint64_t i = 0; i < length; i++) {
      uint64_t digits = 0x3FF0000000000000ull | (base ^ words[skipped + i]) >> 12;
      target[i] = ck_from_bits(digits) - (1 - offset);
    }
  }
}

// Owen's scrambling

/// A bijection of 32-bit words with full avalanche: xor-shifts and odd multiples, as in the
/// finalizers of hash functions, with the keys of a level added before and between.
CK_INLINE uint32_t mixed(uint32_t x, const uint32_t key[2]) {
  x ^= key[0];
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= key[1] ^ x >> 13;
  x *= 0xC2B2AE35u;
  return x ^ x >> 16;
}

CK_CLONES
void ck_sobol_nested_points(const uint64_t directions[CK_SOBOL_BITS],
                            const uint32_t keys[2 * CK_SOBOL_LEVELS + 2], uint64_t first,
                            size_t count, double *out) {
  uint64_t words[run];
  uint32_t bits = bits_of_run(count);
  run_words(directions, bits, words);
  uint64_t end = first + count, low = (1ull << bits) - 1;
  for (uint64_t start = first; start < end; start = (start | low) + 1) {
    uint64_t base = sobol_word(directions, start & ~low), skipped = start & low;
    uint32_t length = (uint32_t)((end - start < low + 1 - skipped) ? end - start : low + 1 - skipped);
    uint32_t digits[run], flips[run];
    for (uint32_t i = 0; i < length; i++) {
      digits[i] = (uint32_t)((base ^ words[skipped + i]) >> 32);
      flips[i] = mixed(0, keys) & 0x80000000u;
    }
    for (uint32_t level = 1; level < CK_SOBOL_LEVELS; level++) {
      const uint32_t *key = keys + 2 * level;
      for (uint32_t i = 0; i < length; i++)
        flips[i] |= (mixed(digits[i] >> (32 - level), key) & 0x80000000u) >> level;
    }
    double *target = out + (start - first);
    for (uint32_t i = 0; i < length; i++) {
      uint64_t upper = digits[i] ^ flips[i];
      uint64_t lower = mixed(digits[i], keys + 2 * CK_SOBOL_LEVELS) >> 12;
      target[i] = ck_from_bits(0x3FF0000000000000ull | upper << 20 | lower) - (1 - 0x1p-53);
    }
  }
}
