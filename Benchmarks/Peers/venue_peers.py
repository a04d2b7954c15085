#!/usr/bin/env python3
"""Rivals for the account pass of the section `venue` of `Ratios`, on one thread: a million accounts of 20
positions over 1,000 instruments and 27 scenarios, of which the worst loss is wanted.

    python3 Peers/venue_peers.py [ACCOUNTS]

They compute the scan risk alone: no roll shock, no provisions, no second level. Processor time, the least
of three: scipy (a sparse matrix of positions times the table, then the least of each row, by 50,000
accounts) and numba (a fused loop over accounts), where they are installed.
"""
import sys
import time

import numpy as np

ACCOUNTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
HELD, INSTRUMENTS, SCENARIOS = 20, 1000, 27


def least_seconds(work, times=3):
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


random = np.random.default_rng(5)
table = random.standard_normal((INSTRUMENTS, SCENARIOS))
rows = (np.arange(HELD) * (INSTRUMENTS // HELD)
        + random.integers(0, INSTRUMENTS // HELD, (ACCOUNTS, HELD))).astype(np.int32).ravel()
quantities = 20 * random.random(ACCOUNTS * HELD) - 10
starts = np.arange(0, ACCOUNTS * HELD + 1, HELD)


def with_scipy():
    import scipy.sparse

    book = scipy.sparse.csr_matrix((quantities, rows, starts), shape=(ACCOUNTS, INSTRUMENTS))

    def work():
        return np.concatenate([np.maximum(0, -(book[a:a + 50_000] @ table).min(axis=1))
                               for a in range(0, ACCOUNTS, 50_000)])

    return work


def with_numba():
    import numba

    @numba.njit(fastmath=True)
    def margins(starts, rows, quantities, table, result):
        sums = np.empty(table.shape[1])
        for a in range(result.size):
            sums[:] = 0
            for k in range(starts[a], starts[a + 1]):
                q, row = quantities[k], rows[k]
                for c in range(sums.size):
                    sums[c] += q * table[row, c]
            worst = 0.0
            for c in range(sums.size):
                worst = max(worst, -sums[c])
            result[a] = worst
        return result

    result = np.empty(ACCOUNTS)
    return lambda: margins(starts, rows, quantities, table, result)


answers = []
for name, make in [("scipy", with_scipy), ("numba", with_numba)]:
    try:
        work = make()
    except ImportError:
        print(f"{name}: not installed")
        continue
    answers.append(work())
    seconds = least_seconds(work)
    print(f"{name}: {seconds:.3f} s, {1e9 * seconds / ACCOUNTS:.0f} ns of one core each account")
if len(answers) == 2:
    print(f"largest difference {np.abs(answers[0] - answers[1]).max():.1e}")
