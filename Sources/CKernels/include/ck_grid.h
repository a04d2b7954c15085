/// Margin by a grid of scenarios for many accounts over one table of instruments.
#ifndef CK_GRID_H
#define CK_GRID_H

#include <stddef.h>
#include <stdint.h>

/// Lanes at the end of a row, counted from its end, in which stands what the rule sums besides P&L:
/// two terms that are multiplied by the quantity q and two that are multiplied by |q|.
enum { ck_grid_delta = 4, ck_grid_funding = 3, ck_grid_gross_delta = 2, ck_grid_fee = 1, ck_grid_terms = 4 };

/// The instruments of a pool on one underlying.
typedef struct {
  /// The charge for a coin of |Σ δ| and for a coin of Σ |δ|: the least core requirement.
  double net_rate, gross_rate;
  /// |Σ δ| beyond which the rule is not known.
  double delta_limit;
  int32_t pool;
  int32_t is_dampened;
  int32_t first_bucket, last_bucket;
} ck_grid_group;

/// Groups margined together, in one currency.
typedef struct {
  double dollars;
  /// The share of gains that counts against losses, and the most that counts.
  double offset, offset_cap;
  /// Due whatever is held.
  double charges;
  /// The initial margin of an account that holds nothing of the pool, in dollars.
  double initial_when_empty;
  int32_t first_group, last_group;
  /// An empty range where nothing is charged for rolling.
  int32_t first_bucket, last_bucket;
} ck_grid_pool;

/// Rows are ordered by pool, group and bucket, a bucket being what is rolled together.
typedef struct {
  /// Doubles in a row, a multiple of eight: scenarios, zeros, and the terms in the last lanes. Where
  /// there is no scenario weights and dampeners are 0.
  size_t stride;
  size_t row_count;
  /// row_count × stride
  double *rows;
  double *weights;
  /// Groups × stride.
  double *dampeners;
  /// What |Σ q roll| is summed of in each bucket, by row.
  double *roll;
  int32_t *group_of, *bucket_of;
  ck_grid_group *groups;
  ck_grid_pool *pools;
  int32_t group_count, bucket_count, pool_count;
  double maintenance_factor;
  /// 10^decimals to which the venue rounds; 0 where it does not.
  double rounding;
} ck_grid;

/// Positions by account, ascending in row; a segment is what an account holds in one pool.
typedef struct {
  const int32_t *rows;
  const double *quantities;
  /// The first position of each segment, and behind the last one the number of positions.
  const int32_t *segment_starts;
  /// The first segment of each account, and behind the last one the number of segments.
  const int32_t *account_starts;
} ck_grid_book;

/// Doubles of scratch that the functions below need.
size_t ck_grid_scratch(const ck_grid *grid);

/// Initial and maintenance margin in dollars of segments, those listed or, without a list, those
/// from `first` to `last`; infinite where the rule is not known.
void ck_grid_segments(const ck_grid *grid, const ck_grid_book *book, const int32_t *list,
                      size_t first, size_t last, double *scratch, double *initial,
                      double *maintenance);

/// The margins of accounts from those of their segments.
void ck_grid_accounts(const ck_grid *grid, const ck_grid_book *book, const int32_t *list,
                      size_t first, size_t last, const double *segment_initial,
                      const double *segment_maintenance, double *initial, double *maintenance);

/// What one account holds, in sums that trades change: by group a row's,
/// by bucket a roll, by row a quantity, by pool its margins.
typedef struct {
  double *sums, *rolls, *quantities, *initial, *maintenance;
  /// The number of positions in each group.
  int32_t *held;
} ck_grid_account;

/// Adds a trade to the sums. The margins of its pool are not touched.
void ck_grid_trade(const ck_grid *grid, ck_grid_account *account, int32_t row, double quantity);

/// The margins of one pool if `quantity` of `row`, which belongs to it, were added; the account is
/// not touched. Without a row (−1), as the account stands.
void ck_grid_pool_after(const ck_grid *grid, const ck_grid_account *account, int32_t pool,
                        int32_t row, double quantity, double *scratch, double *initial,
                        double *maintenance);

#endif
