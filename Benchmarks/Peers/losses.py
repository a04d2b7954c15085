#!/usr/bin/env python3
"""numpy's figures for the tails, and for delta-gamma by Monte Carlo, that `Ratios losses` times.

    .build/release/Ratios losses | python3 Peers/losses.py -        # in one run, on one thread
    python3 Peers/losses.py                                         # numpy alone

Each row has the name that `Ratios` prints; with `-` a table of `Ratios` is read from standard input and
passed through, and each row gets `ours/numpy`. Times are processor times. The Monte Carlo has a million
paths, in chunks that stay in the cache, of the quadratic in its own coordinates (the faster way). numpy
partitions with AVX-512 where there is: NPY_DISABLE_CPU_FEATURES="AVX512F AVX512CD AVX512_SKX AVX512_CLX
AVX512_CNL AVX512_ICL AVX512_SPR AVX2" shows what it takes elsewhere.
"""
import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import time
import numpy as np
from ratios_table import read_if_asked


def least_seconds(work, times):
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def tail_measures(count):
    losses = np.random.Generator(np.random.SFC64(3)).standard_normal(count)
    first = count - count // 100

    def work():
        parts = np.partition(losses, first - 1)
        return parts[first - 1], parts[first:].mean()
    return work


def delta_gamma(n, paths=1_000_000, chunk=20_000):
    random = np.random.Generator(np.random.PCG64(1))
    a, g = random.standard_normal((n, n)), random.standard_normal((n, n))
    sigma, gamma, delta = a @ a.T / n * 1e-4 + 1e-8 * np.eye(n), (g + g.T) * 5, random.standard_normal(n)

    def work():
        factor = np.linalg.cholesky(sigma)
        values, vectors = np.linalg.eigh(0.5 * factor.T @ gamma @ factor)
        slopes = vectors.T @ (factor.T @ delta)
        draws, pnl, z = np.random.Generator(np.random.SFC64(7)), np.empty(paths), np.empty((chunk, n))
        for i in range(0, paths, chunk):
            draws.standard_normal(out=z)
            pnl[i:i + chunk] = z @ slopes + (z * z) @ values
        worst = np.partition(-pnl, paths - paths // 100 - 1)
        return worst[paths - paths // 100 - 1], worst[paths - paths // 100:].mean()
    return work


JOBS = [
    ("VaR and ES of 10000000", "np.partition", tail_measures(10_000_000), 5),
    ("delta-gamma VaR and ES 100", "1 M paths", delta_gamma(100), 2),
]

ours = read_if_asked()

print(f"\nnumpy {np.__version__}, one thread, processor time")
for name, peer, work, times in JOBS:
    seconds = least_seconds(work, times)
    ratio = f"{ours[name] / seconds:12.5f}" if name in ours else ""
    print(f"{name:32}{peer:24}{seconds * 1e3:10.3f} ms{ratio}", flush=True)
