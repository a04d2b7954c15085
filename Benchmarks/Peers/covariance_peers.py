#!/usr/bin/env python3
"""The figures of numpy, scikit-learn and skfolio for the covariances that `Ratios` times, on one thread.

    python3 Peers/covariance_peers.py                                         # the peers alone
    .build/release/Ratios covariance | python3 Peers/covariance_peers.py -    # with ratios

Rows have the names that `Ratios` prints; with `-` a table of `Ratios` is read from standard input and
passed through, and each row of the same name gets `ours/peer`. Both tables are of the same kind of data
(normals with five common factors), drawn by each side itself. `taskset -c 0 sh -c '... | ...'` keeps both
to one core.

Times are the least of several, of the clock. Peers that are not installed are left out and named.
"""
import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import re
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")
generator = np.random.Generator(np.random.PCG64(20240601))


def returns(observations, size):
    factors = generator.standard_normal((observations, 5))
    loadings = generator.standard_normal((5, size))
    return 0.01 * (factors @ loadings + generator.standard_normal((observations, size)))


def disturbed_correlation(size):
    sample = np.corrcoef(returns(max(size // 2, 60), size), rowvar=False)
    noise = generator.standard_normal((size, size)) * 0.05
    matrix = np.clip(sample + (noise + noise.T) / 2, -1, 1)
    np.fill_diagonal(matrix, 1)
    return matrix


def weighted(x):
    weights = 0.94 ** np.arange(len(x) - 1, -1, -1)
    weights /= weights.sum()
    return lambda: (x * weights[:, None]).T @ x


def every_date(x):
    def run():
        covariance = np.zeros((x.shape[1], x.shape[1]))
        for row in x:
            covariance *= 0.94
            covariance += 0.06 * np.outer(row, row)
        return covariance

    return run


def scikit_learn(name):
    def make(x):
        import sklearn.covariance

        estimate = getattr(sklearn.covariance, name)
        return lambda: estimate(x)

    return make


def skfolio_gerber(x):
    import skfolio.moments

    return lambda: skfolio.moments.GerberCovariance().fit(x)


def skfolio_nearest(matrix):
    from skfolio.utils.stats import cov_nearest

    return lambda: cov_nearest(matrix, higham=True, higham_max_iteration=100, warn=False)


ROWS = [
    # name in Ratios, peer, how the work is made from its data, data
    ("sample covariance 5000 x 1000", "numpy.cov",
     lambda x: lambda: np.cov(x, rowvar=False), lambda: returns(5000, 1000)),
    ("weighted covariance 5000 x 1000", "numpy", weighted, lambda: returns(5000, 1000)),
    ("Ledoit-Wolf 5000 x 1000", "sklearn ledoit_wolf", scikit_learn("ledoit_wolf"),
     lambda: returns(5000, 1000)),
    ("OAS 5000 x 1000", "sklearn oas", scikit_learn("oas"), lambda: returns(5000, 1000)),
    ("weighted, every date 1000 x 100", "numpy recursion", every_date, lambda: returns(1000, 100)),
    ("Gerber 2500 x 500", "skfolio GerberCovariance", skfolio_gerber, lambda: returns(2500, 500)),
    ("nearest correlation to 1e-10 100", "skfolio cov_nearest(higham)", skfolio_nearest,
     lambda: disturbed_correlation(100)),
    ("nearest correlation to 1e-10 500", "skfolio cov_nearest(higham)", skfolio_nearest,
     lambda: disturbed_correlation(500)),
]


def least_seconds(work, budget=3.0):
    """The least time of one call, of at least two unless one takes longer than the budget."""
    seconds, end = [], time.perf_counter() + budget
    while not seconds or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def duration(text):
    value, unit = re.fullmatch(r"([0-9.]+) (ns|us|ms|s)", text).groups()
    return float(value) * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[unit]


def read_table(lines):
    """Our seconds by the name of the row: the first of its two durations."""
    ours = {}
    for line in lines:
        print(line, end="")
        found = re.findall(r"[0-9.]+ (?:ns|us|ms|s)\b(?= )", line)
        name = next((row[0] for row in ROWS if line.startswith(row[0])), None)
        if name and len(found) >= 2:
            ours[name] = duration(found[-2])
    return ours


def main():
    ours = read_table(sys.stdin) if sys.argv[1:] == ["-"] else {}
    print(f"\n{'name':<36}{'peer':<30}{'seconds':>12}{'ours/peer':>12}")
    for name, peer, make, data in ROWS:
        try:
            seconds = least_seconds(make(data()))
        except Exception as error:
            print(f"{name:<36}{peer:<30}  fails: {type(error).__name__}: {str(error)[:60]}")
            continue
        ratio = f"{ours[name] / seconds:.4f}" if name in ours else ""
        print(f"{name:<36}{peer:<30}{seconds:>12.5f}{ratio:>12}")


if __name__ == "__main__":
    main()
