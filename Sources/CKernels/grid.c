#include "ck_grid.h"

#include <math.h>

#include "ck_vector.h"

enum { lanes = 8, most_vectors = 8 };

size_t ck_grid_scratch(const ck_grid *grid) { return 3 * grid->stride; }

CK_VECTOR_INLINE double larger(double a, double b) { return a > b ? a : b; }

CK_VECTOR_INLINE void largest_lane(const ck_v8 *values, double *result) {
  double a = larger((*values)[0], (*values)[4]), b = larger((*values)[1], (*values)[5]);
  double c = larger((*values)[2], (*values)[6]), d = larger((*values)[3], (*values)[7]);
  *result = larger(larger(a, b), larger(c, d));
}

/// The quantity, and its magnitude in the lanes of the terms that want it.
CK_VECTOR_INLINE void term_factors(double quantity, ck_v8 *factors) {
  const int64_t sign = INT64_MAX;
  *factors = (ck_v8)((ck_i8)CK_SPLAT(quantity) & (ck_i8){-1, -1, -1, -1, -1, -1, sign, sign});
}

/// Σ q · row over positions in `vectors` vectors of each row, a constant where this is inlined; the
/// last of them holds the terms where `has_terms`.
CK_VECTOR_INLINE void add_rows(size_t vectors, int has_terms, const double *start, size_t stride,
                               const int32_t *rows, const double *quantities, size_t count,
                               double *sums) {
  ck_v8 sum[most_vectors];
  for (size_t v = 0; v < vectors; v++) sum[v] = CK_SPLAT(0);
  for (size_t k = 0; k < count; k++) {
    const double *row = start + (size_t)rows[k] * stride;
    const ck_v8 q = CK_SPLAT(quantities[k]);
    ck_v8 factors = q;
    if (has_terms) term_factors(quantities[k], &factors);
    for (size_t v = 0; v + 1 < vectors; v++) sum[v] += q * CK_LOAD(row + lanes * v);
    sum[vectors - 1] += factors * CK_LOAD(row + lanes * (vectors - 1));
  }
  for (size_t v = 0; v < vectors; v++) *(ck_v8u *)(sums + lanes * v) = sum[v];
}

CK_VECTOR_INLINE void group_sums(const ck_grid *grid, const int32_t *rows,
                                 const double *quantities, size_t count, double *sums) {
  const size_t stride = grid->stride;
  size_t done = 0;
  for (; stride - done > lanes * most_vectors; done += lanes * most_vectors)
    add_rows(most_vectors, 0, grid->rows + done, stride, rows, quantities, count, sums + done);
#define CK_CASE(n)                                                                                 \
  case n: add_rows(n, 1, grid->rows + done, stride, rows, quantities, count, sums + done); break;
  switch ((stride - done) / lanes) {
    CK_CASE(1) CK_CASE(2) CK_CASE(3) CK_CASE(4) CK_CASE(5) CK_CASE(6) CK_CASE(7) CK_CASE(8)
  }
#undef CK_CASE
}

/// A pool while its groups are gone through.
typedef struct {
  double funding, fees, minimum;
  int is_beyond;
} pool_state;

CK_VECTOR_INLINE void add_terms(const ck_grid_group *group, const double *end,
                                pool_state *state) {
  const double net = fabs(end[-ck_grid_delta]);
  state->funding += end[-ck_grid_funding];
  state->fees += end[-ck_grid_fee];
  state->minimum += group->net_rate * net + group->gross_rate * end[-ck_grid_gross_delta];
  state->is_beyond |= !(net <= group->delta_limit);
}

/// Moves results toward zero.
CK_VECTOR_INLINE void dampen(const double *dampener, ck_v8 *result) {
  const ck_v8 size = CK_MAGNITUDE(*result) - CK_LOAD(dampener);
  const ck_v8 kept = CK_SELECT(size > 0, size, CK_SPLAT(0));
  *result = CK_SELECT(*result < 0, -kept, kept);
}

/// max_c w_c · (−v_c)⁺ of a pool's only group.
CK_VECTOR_INLINE void worst_alone(const ck_grid *grid, int32_t group, const double *sums,
                                  double *worst) {
  ck_v8 largest = CK_SPLAT(0);
  for (size_t c = 0; c < grid->stride; c += lanes) {
    ck_v8 v = CK_LOAD(sums + c);
    if (grid->groups[group].is_dampened)
      dampen(grid->dampeners + (size_t)group * grid->stride + c, &v);
    const ck_v8 loss = -v * CK_LOAD(grid->weights + c);
    largest = CK_SELECT(loss > largest, loss, largest);
  }
  largest_lane(&largest, worst);
}

/// Adds a group's losses and gains to those of the groups before it.
CK_VECTOR_INLINE void add_group(const ck_grid *grid, int32_t group, const double *sums,
                                int is_first, double *losses, double *gains) {
  for (size_t c = 0; c < grid->stride; c += lanes) {
    ck_v8 v = CK_LOAD(sums + c);
    if (grid->groups[group].is_dampened)
      dampen(grid->dampeners + (size_t)group * grid->stride + c, &v);
    const ck_v8 zero = CK_SPLAT(0);
    ck_v8 loss = CK_SELECT(v < 0, -v, zero), gain = CK_SELECT(v < 0, zero, v);
    if (!is_first) {
      loss += CK_LOAD(losses + c);
      gain += CK_LOAD(gains + c);
    }
    *(ck_v8u *)(losses + c) = loss;
    *(ck_v8u *)(gains + c) = gain;
  }
}

/// max_c w_c · (u_c − min(o · v_c, cap))⁺ with the losses u and the gains v of several groups.
CK_VECTOR_INLINE void worst_together(const ck_grid *grid, const ck_grid_pool *pool,
                                     const double *losses, const double *gains, double *worst) {
  ck_v8 largest = CK_SPLAT(0);
  const ck_v8 cap = CK_SPLAT(pool->offset_cap);
  for (size_t c = 0; c < grid->stride; c += lanes) {
    const ck_v8 offset = pool->offset * CK_LOAD(gains + c);
    const ck_v8 net = CK_LOAD(losses + c) - CK_SELECT(offset < cap, offset, cap);
    const ck_v8 loss = net * CK_LOAD(grid->weights + c);
    largest = CK_SELECT(loss > largest, loss, largest);
  }
  largest_lane(&largest, worst);
}

CK_VECTOR_INLINE double rounded(const ck_grid *grid, double amount) {
  if (!(grid->rounding > 0)) return amount;
  // Halves away from zero: the largest number below ½ does not carry what is below ½ over.
  const double units = amount * grid->rounding;
  return trunc(units + copysign(0x1.fffffffffffffp-2, units)) / grid->rounding;
}

CK_VECTOR_INLINE void finish(const ck_grid *grid, const ck_grid_pool *pool,
                             const pool_state *state, double worst, double roll, double *initial,
                             double *maintenance) {
  if (state->is_beyond) {
    *initial = *maintenance = INFINITY;
    return;
  }
  const double core = larger(rounded(grid, worst) + roll, state->minimum);
  const double provisions = larger(state->funding, 0) + state->fees;
  *initial = rounded(grid, core + provisions + pool->charges) * pool->dollars;
  *maintenance = (grid->maintenance_factor * core + provisions) * pool->dollars;
}

/// Σ over buckets of |Σ q roll|; a bucket's positions are neighbours.
CK_VECTOR_INLINE double roll_charge(const ck_grid *grid, const int32_t *rows,
                                    const double *quantities, size_t count) {
  double total = 0, sum = 0;
  int32_t bucket = -1;
  for (size_t k = 0; k < count; k++) {
    const double charge = quantities[k] * grid->roll[rows[k]];
    const int32_t here = grid->bucket_of[rows[k]];
    const int stays = here == bucket;
    total += stays ? 0 : fabs(sum);
    sum = stays ? sum + charge : charge;
    bucket = here;
  }
  return total + fabs(sum);
}

CK_VECTOR_INLINE void segment(const ck_grid *grid, const int32_t *rows, const double *quantities,
                              size_t count, double *scratch, double *initial,
                              double *maintenance) {
  double *sums = scratch, *losses = sums + grid->stride, *gains = losses + grid->stride;
  const int32_t first = grid->group_of[rows[0]], last = grid->group_of[rows[count - 1]];
  const ck_grid_pool *pool = grid->pools + grid->groups[first].pool;
  pool_state state = {0};
  double worst;
  if (first == last) {
    group_sums(grid, rows, quantities, count, sums);
    add_terms(grid->groups + first, sums + grid->stride, &state);
    worst_alone(grid, first, sums, &worst);
  } else {
    for (size_t start = 0, end; start < count; start = end) {
      const int32_t group = grid->group_of[rows[start]];
      for (end = start + 1; end < count && grid->group_of[rows[end]] == group;) end++;
      group_sums(grid, rows + start, quantities + start, end - start, sums);
      add_terms(grid->groups + group, sums + grid->stride, &state);
      add_group(grid, group, sums, start == 0, losses, gains);
    }
    worst_together(grid, pool, losses, gains, &worst);
  }
  const double roll =
      pool->first_bucket < pool->last_bucket ? roll_charge(grid, rows, quantities, count) : 0;
  finish(grid, pool, &state, worst, roll, initial, maintenance);
}

CK_CLONES
void ck_grid_segments(const ck_grid *grid, const ck_grid_book *book, const int32_t *list,
                      size_t first, size_t last, double *scratch, double *initial,
                      double *maintenance) {
  for (size_t i = first; i < last; i++) {
    const size_t s = list ? (size_t)list[i] : i;
    const size_t start = (size_t)book->segment_starts[s];
    segment(grid, book->rows + start, book->quantities + start,
            (size_t)book->segment_starts[s + 1] - start, scratch, initial + s, maintenance + s);
  }
}

void ck_grid_accounts(const ck_grid *grid, const ck_grid_book *book, const int32_t *list,
                      size_t first, size_t last, const double *segment_initial,
                      const double *segment_maintenance, double *initial, double *maintenance) {
  double when_empty = 0;
  for (int32_t p = 0; p < grid->pool_count; p++) when_empty += grid->pools[p].initial_when_empty;
  for (size_t i = first; i < last; i++) {
    const size_t a = list ? (size_t)list[i] : i;
    double initial_sum = when_empty, maintenance_sum = 0;
    for (int32_t s = book->account_starts[a]; s < book->account_starts[a + 1]; s++) {
      initial_sum += segment_initial[s];
      if (when_empty != 0) {
        const int32_t row = book->rows[book->segment_starts[s]];
        initial_sum -= grid->pools[grid->groups[grid->group_of[row]].pool].initial_when_empty;
      }
      maintenance_sum += segment_maintenance[s];
    }
    initial[a] = initial_sum;
    maintenance[a] = maintenance_sum;
  }
}

/// The sums of a group after a trade in one of its rows, whose quantity changes from `held`.
CK_VECTOR_INLINE void sums_after(const ck_grid *grid, const double *sums, int32_t row, double held,
                                 double quantity, double *result) {
  const double *values = grid->rows + (size_t)row * grid->stride;
  const size_t last = grid->stride - lanes;
  for (size_t c = 0; c < last; c += lanes)
    *(ck_v8u *)(result + c) = CK_LOAD(sums + c) + quantity * CK_LOAD(values + c);
  ck_v8 before, after;
  term_factors(held, &before);
  term_factors(held + quantity, &after);
  const ck_v8 changes = CK_SELECT(((ck_i8){0, 0, 0, 0, 0, 0, -1, -1}), after - before,
                                  CK_SPLAT(quantity));
  *(ck_v8u *)(result + last) = CK_LOAD(sums + last) + changes * CK_LOAD(values + last);
}

CK_CLONES
void ck_grid_trade(const ck_grid *grid, ck_grid_account *account, int32_t row, double quantity) {
  const int32_t group = grid->group_of[row];
  double *sums = account->sums + (size_t)group * grid->stride, *held = account->quantities + row;
  sums_after(grid, sums, row, *held, quantity, sums);
  account->rolls[grid->bucket_of[row]] += quantity * grid->roll[row];
  account->held[group] += (*held == 0) - (*held + quantity == 0);
  *held += quantity;
  if (account->held[group] > 0) return;
  // What holds nothing has no sums: what rounding left of them is removed.
  for (size_t c = 0; c < grid->stride; c++) sums[c] = 0;
  for (int32_t b = grid->groups[group].first_bucket; b < grid->groups[group].last_bucket; b++)
    account->rolls[b] = 0;
}

CK_CLONES
void ck_grid_pool_after(const ck_grid *grid, const ck_grid_account *account, int32_t pool,
                        int32_t row, double quantity, double *scratch, double *initial,
                        double *maintenance) {
  const size_t stride = grid->stride;
  double *changed = scratch, *losses = changed + stride, *gains = losses + stride;
  const ck_grid_pool *its = grid->pools + pool;
  const int32_t traded = row < 0 ? -1 : grid->group_of[row];
  if (row >= 0)
    sums_after(grid, account->sums + (size_t)traded * stride, row, account->quantities[row],
               quantity, changed);
  pool_state state = {0};
  double worst = 0;
  int count = 0;
  int32_t only = its->first_group;
  for (int32_t g = its->first_group; g < its->last_group; g++)
    if (account->held[g] || g == traded) count++, only = g;
  if (count <= 1) {
    const double *sums = only == traded ? changed : account->sums + (size_t)only * stride;
    if (count == 1) {
      add_terms(grid->groups + only, sums + grid->stride, &state);
      worst_alone(grid, only, sums, &worst);
    }
  } else {
    int is_first = 1;
    for (int32_t g = its->first_group; g < its->last_group; g++) {
      if (!account->held[g] && g != traded) continue;
      const double *sums = g == traded ? changed : account->sums + (size_t)g * stride;
      add_terms(grid->groups + g, sums + grid->stride, &state);
      add_group(grid, g, sums, is_first, losses, gains);
      is_first = 0;
    }
    worst_together(grid, its, losses, gains, &worst);
  }
  double roll = 0;
  const int32_t bucket = row < 0 ? -1 : grid->bucket_of[row];
  for (int32_t b = its->first_bucket; b < its->last_bucket; b++)
    roll += fabs(account->rolls[b] + (b == bucket ? quantity * grid->roll[row] : 0));
  finish(grid, its, &state, worst, roll, initial, maintenance);
}
