#!/usr/bin/env python3
"""1,000 options in 1,000,000 scenarios of one underlying by numba and by numpy, on one thread.

    python3 Peers/book_revaluation.py                                            # the peers alone
    .build/release/Ratios revaluation | python3 Peers/book_revaluation.py -      # with ratios

The book and the law of the moves are those of `Workloads/ThousandOptions.swift`. Both peers price
every option in every scenario in double precision: numba with libm's erfc in blocks of 512 scenarios
and fast-math, numpy with scipy's ndtr in blocks of 4096. Ours stands within 1e-6 of the largest loss,
with the time of building and checking. Times of peers are processor times, the least of two runs;
numpy's is taken on a tenth of the scenarios and multiplied. Ours, from `Ratios`, is by the clock on
all cores; `taskset -c 0` compares on one.
"""
import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import math
import time

import numpy as np
from scipy.special import ndtr
from ratios_table import read_if_asked

COUNT = 1_000_000
o = np.arange(1000)
strike = 60 + 80.0 * o / 999
years = 0.02 + (o * 37 % 100) / 100
deviation = 0.6 * np.sqrt(years)
sign = np.where(o & 1, 1.0, -1.0)
quantity = (o * 7 % 11) - 5.0
spot = 100 * np.exp(0.03 * np.random.Generator(np.random.SFC64(3)).standard_normal(COUNT))


def numpy_values(spot):
    total = np.zeros(len(spot))
    logs = np.log(spot)
    for c in range(0, len(spot), 4096):
        s, ls = spot[c:c + 4096], logs[c:c + 4096]
        for k, v, w, q in zip(strike, deviation, sign, quantity):
            d = (ls - math.log(k)) / v + 0.5 * v
            total[c:c + 4096] += q * w * (s * ndtr(w * d) - k * ndtr(w * (d - v)))
    return total


def numba_kernel():
    import numba

    @numba.njit(fastmath=True, error_model="numpy")
    def values(spot, strike, deviation, sign, quantity):
        count = len(spot)
        total, root_half, logs = np.zeros(count), 0.7071067811865476, np.log(spot)
        for block in range((count + 511) // 512):
            low, high = block * 512, min(count, block * 512 + 512)
            for o in range(len(strike)):
                k, inverse, h = math.log(strike[o]), 1 / deviation[o], 0.5 * deviation[o]
                c, q, x = sign[o], quantity[o] * sign[o] * 0.5, strike[o]
                for i in range(low, high):
                    d = (logs[i] - k) * inverse + h
                    total[i] += q * (spot[i] * math.erfc(-c * d * root_half)
                                     - x * math.erfc(-c * (d - 2 * h) * root_half))
        return total

    values(spot[:1024], strike, deviation, sign, quantity)
    return numba.__version__, lambda: values(spot, strike, deviation, sign, quantity)


def processor_seconds(work, runs=2):
    best = math.inf
    for _ in range(runs):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


ours = read_if_asked()

row = "1000 x 1M, spot"
print(f"\n{'name':32}{'with':24}{'peer':>11}{'ours/peer':>12}")
jobs = [(f"numpy {np.__version__}, a tenth", lambda: 10 * processor_seconds(
    lambda: numpy_values(spot[:COUNT // 10])))]
try:
    version, work = numba_kernel()
    jobs.insert(0, (f"numba {version}", lambda: processor_seconds(work)))
except ImportError:
    print("numba is not installed")
for peer, seconds in jobs:
    taken = seconds()
    ratio = f"{ours[row] / taken:12.5f}" if row in ours else ""
    print(f"{row:32}{peer:24}{taken:9.3f} s{ratio}", flush=True)
