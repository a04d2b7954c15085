#!/usr/bin/env python3
"""The figures of numpy and SciPy for random values and Sobol points, on one thread, beside ours.

    .build/release/Ratios random | python3 Peers/random_peers.py -      # in Benchmarks

reads the table of `Ratios` and prints, for each row of the same name, the peer's rate and ours over
it: above 1 ours is faster. Without `-` it prints the peers' rates alone. Each is the best of many.
"""
import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

import re
import sys
import time
import warnings

import numpy as np
from scipy.stats import qmc

warnings.filterwarnings("ignore")
COUNT = 1 << 20
generators = {kind: np.random.Generator(getattr(np.random, kind)(1)) for kind in ("Philox", "SFC64")}
out = np.empty(COUNT)


def least_seconds(work, budget=1.0):
    """The least processor time of one call, of at least five."""
    seconds, end = [], time.perf_counter() + budget
    while len(seconds) < 5 or time.perf_counter() < end:
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def jobs():
    for kind, g in generators.items():
        yield f"uniforms {COUNT}", kind, COUNT, lambda g=g: g.random(out=out)
        yield f"normals {COUNT}", kind, COUNT, lambda g=g: g.standard_normal(out=out)
        yield f"chi-squares {COUNT}", kind, COUNT, lambda g=g: g.chisquare(5, COUNT)
        yield f"gammas of shape 0.5 {COUNT}", kind, COUNT, lambda g=g: g.standard_gamma(0.5, COUNT)
        yield f"student t {COUNT}", kind, COUNT, lambda g=g: g.standard_t(5, COUNT)
    for d, n in ((100, 1 << 16), (1000, 1 << 14)):
        yield (f"sobol linearMatrix {n} x {d}", "scipy qmc.Sobol", n * d,
               lambda d=d, n=n: qmc.Sobol(d, rng=1).random(n))


ours = {}
if sys.argv[1:] == ["-"]:
    unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    for line in sys.stdin:
        print(line, end="", flush=True)
        found = re.match(
            r"(.{32,}?)memcpy of as many\s+[\d.]+ \w+\s+([\d.]+) (ns|us|ms|s)\s.*\s([\d.]+)$", line)
        if found:
            ours[found[1].strip()] = float(found[2]) * unit[found[3]] * float(found[4])

print(f"\nnumpy {np.__version__}, one thread; millions a second")
print(f"{'name':36}{'with':18}{'peer':>9}{'ours':>9}{'ratio':>8}")
for name, peer, count, work in jobs():
    seconds = least_seconds(work)
    own = f"{count / ours[name] * 1e-6:9.0f}{seconds / ours[name]:8.2f}" if name in ours else ""
    print(f"{name:36}{peer:18}{count / seconds * 1e-6:9.0f}{own}", flush=True)
