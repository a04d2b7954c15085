#!/usr/bin/env python3
"""The figures of arch (and of scipy for a smile) for the work of `Ratios volatility`, on one thread.

    MARGINOPT_PEER_DATA=FOLDER .build/release/Ratios volatility |
      MARGINOPT_PEER_DATA=FOLDER python3 Peers/volatility_peers.py -

`Ratios` writes the returns of its fits into the folder; without them arch fits a series of its own of
the same recursion. Rows have the names that `Ratios` prints; with `-` its table is read from standard
input and passed through, and each row of the same name gets `ours/peer`.

Needs arch, numpy and scipy. Times are the least processor time of a call, of at least nine.
"""
import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import time
import warnings
import arch
import numpy as np
import scipy
from arch import arch_model
from scipy.optimize import least_squares
from ratios_table import read_if_asked

warnings.filterwarnings("ignore")

ours = read_if_asked()


def least_seconds(work, budget=1.0):
    work()
    seconds, end = [], time.perf_counter() + budget
    while len(seconds) < 9 or time.perf_counter() < end:
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def series():
    path = os.path.join(os.environ.get("MARGINOPT_PEER_DATA", ""), "garch_returns.csv")
    if os.path.exists(path):
        return np.loadtxt(path), "the same returns"
    random = np.random.Generator(np.random.PCG64(5))
    z = random.standard_t(6, 3000) / np.sqrt(1.5)
    r, h, e = np.empty(3000), 1.0, 0.0
    for t in range(3000):
        h = 0.02 + 0.08 * e * e + 0.9 * h
        e = np.sqrt(h) * z[t]
        r[t] = e
    return r[500:], "returns of its own"


returns, which = series()


def fit(**options):
    return lambda: arch_model(returns, vol="GARCH", **options).fit(disp="off")


fitted = fit(mean="Zero")()


def paths():
    return fitted.forecast(horizon=10, method="bootstrap", simulations=10_000)


# The smile of `Ratios volatility`.
k = 0.06 * np.arange(21) - 0.6


def variance(p):
    a, b, rho, m, sigma = p
    return a + b * (rho * (k - m) + np.sqrt((k - m) ** 2 + sigma**2))


sigma = np.sqrt(variance((0.02, 0.06, -0.3, 0.01, 0.15)) / 0.25) + 0.002 * np.cos(40 * k)


def smile():
    bounds = ([-1, 0, -0.999, -1, 1e-4], [1, 2, 0.999, 1, 2])
    start = (0.01, 0.1, 0.0, 0.0, 0.1)
    weight = 1 / (2 * sigma * 0.25)
    return least_squares(lambda p: weight * (variance(p) - sigma**2 * 0.25), start, bounds=bounds)


JOBS = [
    ("GARCH fit 2500", "arch", fit(mean="Zero")),
    ("GARCH fit, mean 2500", "arch", fit(mean="Constant")),
    ("GARCH fit, mean, t 2500", "arch", fit(mean="Constant", dist="t")),
    ("GJR fit, mean, t 2500", "arch", fit(mean="Constant", dist="t", o=1)),
    ("filtered 10 days x 10000", "arch, bootstrap", paths),
    ("filtered paths 10 x 10000", "arch, bootstrap", paths),
    ("SVI slice of 21", "scipy least_squares", smile),
]

print(f"\narch {arch.__version__}, scipy {scipy.__version__}, one thread, {which}")
print(f"{'name':32}{'with':24}{'peer':>11}{'ours/peer':>12}")
for name, peer, work in JOBS:
    seconds = least_seconds(work)
    ratio = f"{ours[name] / seconds:12.4f}" if name in ours else ""
    print(f"{name:32}{peer:24}{seconds * 1e3:8.3f} ms{ratio}", flush=True)
