#include "CKernels.h"

#include "ck_black_vector.h"

/// One block of eight options or scenarios.
typedef struct {
  ck_v8 forward, strike, deviation, log_ratio;
} ck_black_block;

/// h and t of a block, and which lanes can be done. Of the others nothing may be used.
CK_VECTOR_INLINE void ck_black_place(const ck_black_block *block, ck_mills_pair *pair,
                                     ck_i8 *good) {
  const ck_v8 s = block->deviation;
  const ck_v8 h = CK_MAGNITUDE(block->log_ratio) / s;
  ck_i8 ordinary_forward, ordinary_strike;
  ck_ordinary(&block->forward, &ordinary_forward);
  ck_ordinary(&block->strike, &ordinary_strike);
  *good = ordinary_forward & ordinary_strike & (s > 1e-12) & (s <= CK_LARGEST_DEVIATION);
  pair->distance = CK_SELECT(h < CK_LARGEST_DISTANCE, h, CK_SPLAT(CK_LARGEST_DISTANCE));
  pair->half_deviation = 0.5 * s;
}

CK_CLONES void ck_black76(const double *forwards, const double *volatilities, size_t count,
                          double strike, double root_time, double sign, double *values) {
  double rooms[2][8];
  for (size_t i = 0; i < count; i += 8) {
    const size_t left = count - i;
    ck_black_block block;
    block.forward = CK_LOAD(ck_padded(forwards + i, left, rooms[0]));
    block.strike = CK_SPLAT(strike);
    block.deviation = CK_LOAD(ck_padded(volatilities + i, left, rooms[1])) * root_time;
    ck_log_ratio(&block.forward, &block.strike, &block.log_ratio);

    ck_mills_pair pair;
    ck_i8 good;
    const ck_i8 near = {0};
    ck_black_place(&block, &pair, &good);
    ck_mills_difference(&pair, &near);
    ck_v8 density;
    ck_black_density(&pair, &density);
    const ck_v8 scale = __builtin_elementwise_sqrt(block.forward * block.strike);
    const ck_v8 gain = (block.forward - strike) * sign;
    const ck_v8 value = scale * density * (block.deviation * pair.mean_slope)
        + CK_SELECT(gain > 0.0, gain, (ck_v8){0});
    const ck_v8 result = CK_SELECT(good, value, CK_NAN);
    ck_store(&result, left, values + i);
  }
}

CK_CLONES void ck_growth_logarithms(const double *growths, size_t count, double *logarithms,
                                    double *roots) {
  double room[8];
  const ck_v8 one = CK_SPLAT(1.0);
  for (size_t i = 0; i < count; i += 8) {
    const ck_v8 growth = CK_LOAD(ck_padded(growths + i, count - i, room));
    const ck_v8 root = __builtin_elementwise_sqrt(growth);
    ck_v8 logarithm;
    ck_log_ratio(&growth, &one, &logarithm);
    ck_store(&logarithm, count - i, logarithms + i);
    ck_store(&root, count - i, roots + i);
  }
}

CK_CLONES void ck_black76_add(const ck_growths *growths, size_t count, const ck_black76_option *option,
                              double *values) {
  const double s = option->deviation, t = 0.5 * s, inverse = 1 / s;
  const ck_v8 strike = CK_SPLAT(option->strike), forward = CK_SPLAT(option->forward);
  ck_v8 log_ratio;
  ck_log_ratio(&strike, &forward, &log_ratio);
  // What does not change between scenarios: weight √(F₀K) s e^{−t²/2}.
  const ck_v8 none = {0}, damping = none - 0.5 * t * t;
  ck_v8 power;
  ck_exp(&damping, &none, &power);
  const ck_v8 scale =
      option->weight * (s * __builtin_elementwise_sqrt(forward * strike)) * power;
  const double f = option->forward, k = option->strike, sign = option->sign,
               weight = option->weight;
  const ck_i8 near = {0};
  double rooms[4][8];
  for (size_t i = 0; i < count; i += 8) {
    const size_t left = count - i;
    const ck_v8 growth = CK_LOAD(ck_padded(growths->growths + i, left, rooms[0]));
    const ck_v8 root = CK_LOAD(ck_padded(growths->roots + i, left, rooms[1]));
    const ck_v8 logarithm = CK_LOAD(ck_padded(growths->logarithms + i, left, rooms[2]));
    const ck_v8 h = CK_MAGNITUDE(logarithm - log_ratio) * inverse;
    ck_mills_pair pair;
    pair.distance = CK_SELECT(h < CK_LARGEST_DISTANCE, h, CK_SPLAT(CK_LARGEST_DISTANCE));
    pair.half_deviation = CK_SPLAT(t);
    ck_mills_difference(&pair, &near);
    pair.half_deviation = none;
    ck_v8 density;
    ck_black_density(&pair, &density);
    const ck_v8 gain = (f * growth - k) * sign;
    const ck_v8 value = (density * root) * (pair.mean_slope * scale)
        + weight * CK_SELECT(gain > 0.0, gain, none);
    const ck_v8 sum = CK_LOAD(ck_padded(values + i, left, rooms[3])) + value;
    ck_store(&sum, left, values + i);
  }
}

CK_CLONES void ck_black76_greeks(const ck_black76_options *options, size_t count,
                                 const ck_black76_greek_columns *out) {
  double rooms[5][8];
  for (size_t i = 0; i < count; i += 8) {
    const size_t left = count - i;
    const ck_v8 volatility = CK_LOAD(ck_padded(options->volatilities + i, left, rooms[0]));
    const ck_v8 time = CK_LOAD(ck_padded(options->times + i, left, rooms[1]));
    const ck_v8 sign = CK_LOAD(ck_padded(options->signs + i, left, rooms[2]));
    const ck_v8 root_time = __builtin_elementwise_sqrt(time);
    ck_black_block block;
    block.forward = CK_LOAD(ck_padded(options->forwards + i, left, rooms[3]));
    block.strike = CK_LOAD(ck_padded(options->strikes + i, left, rooms[4]));
    block.deviation = volatility * root_time;
    ck_log_ratio(&block.forward, &block.strike, &block.log_ratio);

    ck_mills_pair pair;
    ck_i8 good;
    ck_black_place(&block, &pair, &good);
    const ck_i8 above = block.log_ratio > 0.0;
    ck_mills_difference(&pair, &above);
    ck_v8 unit;
    ck_black_density(&pair, &unit);
    const ck_v8 density = __builtin_elementwise_sqrt(block.forward * block.strike) * unit;

    // d₁ = ln(F/K)/s + t, held like h. φ(d₁) = density/F.
    const ck_v8 signed_distance = CK_SELECT(above, pair.distance, -pair.distance);
    const ck_v8 d1 = signed_distance + pair.half_deviation;
    const ck_v8 d2 = signed_distance - pair.half_deviation;
    const ck_v8 phi = density / block.forward;
    // The call's delta below the strike and minus the put's above are φ(d₁) M; the others by parity.
    const ck_v8 small = phi * pair.mills;
    const ck_i8 is_call = sign > 0.0;
    const ck_v8 call = CK_SELECT(above, 1.0 - small, small);
    const ck_v8 put = CK_SELECT(above, -small, small - 1.0);
    const ck_v8 gain = (block.forward - block.strike) * sign;
    const ck_v8 vega = density * root_time;
    const ck_v8 columns[7] = {
        density * (block.deviation * pair.mean_slope) + CK_SELECT(gain > 0.0, gain, (ck_v8){0}),
        CK_SELECT(is_call, call, put),
        phi / (block.forward * block.deviation),
        vega,
        density * (-0.5 * volatility / root_time),
        -phi * d2 / volatility,
        vega * d1 * d2 / volatility,
    };
    double *const targets[7] = {
        out->values, out->deltas, out->gammas, out->vegas, out->thetas, out->vannas, out->volgas,
    };
    for (int c = 0; c < 7; c++) {
      const ck_v8 result = CK_SELECT(good, columns[c], CK_NAN);
      ck_store(&result, left, targets[c] + i);
    }
  }
}
