#!/usr/bin/env python3
"""The figures of numpy for the work that `Ratios` times, on one thread.

    python3 Peers/numpy_peers.py                                                # numpy alone
    .build/release/Ratios probability simulation | python3 Peers/numpy_peers.py -   # with ratios

Rows have the names that `Ratios` prints; with `-` a table of `Ratios` is read from standard input
and passed through, and each row of the same name gets `ours/numpy`. Ours uses all cores where the
library does: `taskset -c 0 sh -c '... | ...'` compares on one.

Only numpy is needed. numpy has no normal distribution function: the values of options use
scipy.special.ndtr where scipy is there, else the polynomial of Abramowitz and Stegun 26.2.17,
which has 7 digits and costs less; the row says which.
"""
import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import time
import numpy as np
from ratios_table import read_if_asked

try:
    from scipy.special import ndtr
    NDTR = "scipy ndtr"
except ImportError:
    NDTR = "polynomial ndtr"

    def ndtr(x):
        t = 1 / (1 + 0.2316419 * np.abs(x))
        tail = t * (0.319381530 + t * (-0.356563782 + t * (
            1.781477937 + t * (-1.821255978 + t * 1.330274429))))
        tail *= np.exp(-0.5 * x * x) * 0.3989422804014327
        return np.where(x > 0, 1 - tail, tail)

philox, sfc = (np.random.Generator(kind(1)) for kind in (np.random.Philox, np.random.SFC64))

def least_seconds(work, budget=1.0):
    """The least time of one call, of at least five."""
    seconds, end = [], time.perf_counter() + budget
    while len(seconds) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)

def draws(count, size):
    factor = np.linalg.cholesky(np.full((size, size), 0.5) + 0.5 * np.eye(size))
    return lambda: philox.standard_normal((count, size)) @ factor.T

def scenarios(count):
    """Simple returns of a price and of its volatility level over a day."""
    deviations = np.array([0.5, 0.9]) / np.sqrt(365)
    correlation = np.array([[1, -0.4], [-0.4, 1]])
    factor = np.linalg.cholesky(correlation * np.outer(deviations, deviations))
    return lambda: np.expm1(philox.standard_normal((count, 2)) @ factor.T)

def revaluation(count):
    """The 500 options of `Workloads/OptionChain.swift`, one vector of scenarios at a time."""
    moves = scenarios(count)()
    forward, volatility = 60_000 * (1 + moves[:, 0]), 0.5 * np.maximum(1 + moves[:, 1], 0)
    index = np.arange(500)
    strikes = 60_000 * np.exp(0.02 * (index % 25 - 12))
    years = (7 + 14 * (index // 25)) / 365
    signs = np.where(index % 2 == 0, 1.0, -1.0)

    def values(f, sigma, strike, time_left, sign):
        deviation = sigma * np.sqrt(time_left)
        d1 = np.log(f / strike) / deviation + deviation / 2
        return sign * (f * ndtr(sign * d1) - strike * ndtr(sign * (d1 - deviation)))

    def work():
        result = np.empty((500, count))
        for j in index:
            today = values(60_000.0, 0.5, strikes[j], years[j], signs[j])
            result[j] = values(forward, volatility, strikes[j], years[j] - 1 / 365, signs[j])
            result[j] -= today
        return result
    return work

def tail_measures(count):
    losses = philox.standard_normal(count)
    first = count - count // 100

    def work():
        parts = np.partition(losses, first - 1)
        return parts[first - 1] + parts[first:].mean()
    return work

JOBS = [
    ("uniforms 65536", "Philox", lambda: philox.random(65_536)),
    ("normals 65536", "Philox", lambda: philox.standard_normal(65_536)),
    ("normals 65536", "SFC64", lambda: sfc.standard_normal(65_536)),
    ("chi-squares 65536", "Philox", lambda: philox.chisquare(5, 65_536)),
    ("draws 65536 of 20", "Philox", draws(65_536, 20)),
    ("draws 16384 of 100", "Philox", draws(16_384, 100)),
    ("revaluation 500 x 10000", NDTR, revaluation(10_000)),
    ("scenarios 200000 of 2", "Philox", scenarios(200_000)),
    ("VaR and ES of 1000000", "partition", tail_measures(1_000_000)),
]

ours = read_if_asked()

print(f"\nnumpy {np.__version__}, one thread")
print(f"{'name':32}{'with':24}{'numpy':>11}{'ours/numpy':>12}")
for name, peer, work in JOBS:
    seconds = least_seconds(work)
    ratio = f"{ours[name] / seconds:12.3f}" if name in ours else ""
    print(f"{name:32}{peer:24}{seconds * 1e3:8.3f} ms{ratio}", flush=True)
