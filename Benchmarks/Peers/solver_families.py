"""Families of programs that QPS files cannot carry, by rival solvers and by ours, in one run.

    pip install numpy scipy daqp piqp
    swift build -c release --package-path Benchmarks --product Families
    python Benchmarks/Peers/solver_families.py SUITE [family_sizes ...]

SUITE is a folder with hedge_suite.py, which generates the programs (functions f1 to f6) as dicts of
name, P, q, A, l, u, lb, ub. Families, each with its sizes: factors_n_k (a factor covariance, lifted for
PIQP), scenarios_S_n (an expected shortfall, lifted for PIQP; up to 10000 scenarios), batch_count
(programs of 20 variables, verified as given, and in the storage of a BatchSolver), sequence_points (a frontier of 200 variables). Rivals are the fastest of three
by processor time of one thread, set-up included, DAQP kept warm in the sequence; ours is the fastest of
up to five by the clock. Residuals are absolute, the worst of all programs.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np  # noqa: E402

EPS = 1e-9
HERE = os.path.dirname(os.path.abspath(__file__))
OURS = os.path.join(HERE, "..", ".build", "release", "Families")


def residual(p, x, y, z):
    """The largest of primal, dual and gap residual, absolute."""
    l, u, lb, ub = p["l"], p["u"], p["lb"], p["ub"]
    yp, ym = np.maximum(y, 0) * np.isfinite(u), np.minimum(y, 0) * np.isfinite(l)
    zp, zm = np.maximum(z, 0) * np.isfinite(ub), np.minimum(z, 0) * np.isfinite(lb)
    Ax, Px = p["A"] @ x, p["P"] @ x
    primal = max(0, (Ax - u).max(), (l - Ax).max(), (x - ub).max(), (lb - x).max())
    dual = np.abs(Px + p["q"] + p["A"].T @ (yp + ym) + zp + zm).max()
    sides = [(u, yp), (l, ym), (ub, zp), (lb, zm)]
    gap = abs(x @ Px + p["q"] @ x + sum(np.where(np.isfinite(s), s, 0) @ m for s, m in sides))
    return max(primal, dual, gap)


def fastest(body):
    least, answer = np.inf, None
    for _ in range(3):
        before = time.process_time()
        answer = body()
        least = min(least, time.process_time() - before)
    return answer, least


def daqp(programs, warm):
    """DAQP over several programs: anew for each, or one work space whose sides change."""
    import daqp as library

    data = []
    for p in programs:
        A = np.ascontiguousarray(p["A"].toarray())
        upper, lower = np.r_[p["ub"], p["u"]], np.r_[p["lb"], p["l"]]
        sense = np.where(upper == lower, 5, 0).astype(np.int32)
        clip = lambda v: np.ascontiguousarray(np.clip(v, -1e30, 1e30))  # noqa: E731
        data.append((np.ascontiguousarray(p["P"].toarray()), p["q"], A, clip(upper), clip(lower), sense))

    def cold():
        return [library.solve(*d, primal_tol=1e-11, dual_tol=1e-12) for d in data]

    def sequence():
        model = library.Model()
        model.setup(*data[0])
        model.settings = dict(model.settings, primal_tol=1e-11, dual_tol=1e-12)
        answers = []
        for k, d in enumerate(data):
            if k:
                model.update(bupper=d[3], blower=d[4])
            answers.append(model.solve())
        return answers

    answers, seconds = fastest(sequence if warm else cold)
    worst = 0
    for p, answer in zip(programs, answers):
        n = len(p["q"])
        x, info = np.array(answer[0]), answer[3]
        lam = np.array(info["lam"])
        worst = max(worst, residual(p, x, lam[n:], lam[:n]))
    return worst, seconds


def piqp(p):
    import piqp as library
    import scipy.sparse as sp

    equal = p["l"] == p["u"]
    A, G = sp.csc_matrix(p["A"][equal]), sp.csc_matrix(p["A"][~equal])

    def body():
        solver = library.SparseSolver()
        s = solver.settings
        s.eps_abs, s.eps_rel, s.check_duality_gap = EPS, 0, True
        s.eps_duality_gap_abs, s.eps_duality_gap_rel = EPS, 0
        solver.setup(p["P"], p["q"], A, p["l"][equal], G, p["l"][~equal], p["u"][~equal], p["lb"], p["ub"])
        solver.solve()
        return solver.result

    r, seconds = fastest(body)
    y = np.zeros(len(p["l"]))
    y[equal], y[~equal] = r.y, np.array(r.z_u) - np.array(r.z_l)
    return residual(p, np.array(r.x), y, np.array(r.z_bu) - np.array(r.z_bl)), seconds


def write(path, *parts):
    with open(path, "wb") as file:
        for part in parts:
            np.asarray(part, float).ravel(order="F").astype("<f8").tofile(file)


def dense(p):
    return [len(p["q"]), len(p["l"]), p["P"].toarray(), p["q"], p["A"].toarray(), p["l"], p["u"], p["lb"], p["ub"]]


def line(name, who, worst, seconds, extra=""):
    print(f"{name:24} {who:6} residual {worst:8.1e} {seconds:10.5f} s {extra}", flush=True)


def ours(name, kind, *parts):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program")
        write(path, *parts)
        out = subprocess.run([OURS, kind, path, str(EPS)], capture_output=True, text=True, check=True)
    r = json.loads(out.stdout)
    line(name, "ours", r["residual"], r["seconds"], f"{r['solved']}/{r['count']} {r['peakMegabytes']:.0f} MB ({r['dataMegabytes']:.0f} of data), {kind}")


def run(suite, name):
    kind, *sizes = name.split("_")
    sizes = [int(s) for s in sizes]
    if kind == "batch":
        programs = suite.f5(*sizes)
        line(name, "daqp", *daqp(programs, warm=False))
        for way in ["batch", "storage"]:
            ours(name, way, len(programs), *[v for p in programs for v in dense(p)])
    elif kind == "sequence":
        programs = suite.f6(points=sizes[0])
        line(name, "daqp", *daqp(programs, warm=True))
        ours(name, kind, len(programs), *[v for p in programs for v in dense(p)])
    elif kind == "factors":
        (n, k), p = sizes, suite.f2(*sizes)
        line(name, "piqp", *piqp(p))
        A, P = p["A"].toarray(), p["P"].tocsr()
        F, m = A[-k:, :n].T, len(p["l"]) - k
        cost = p["q"][:n] + F @ p["q"][n:]
        ours(name, kind, n, k, m, F, P[n:, n:].toarray(), P[:n, :n].diagonal(), cost,
             A[:m, :n], p["l"][:m], p["u"][:m], p["lb"][:n], p["ub"][:n])
    elif kind == "scenarios":
        (S, n), p = sizes, suite.f3(*sizes)
        if S <= 10000:
            line(name, "piqp", *piqp(p))
        weight, ridge = p["q"][-1], p["P"][0, 0]
        ours(name, kind, S, n, 1 - 1 / (weight * S), ridge, p["A"][:, :n].toarray(), -p["l"],
             p["q"][:n], p["lb"][:n], p["ub"][:n])
    else:
        sys.exit(f"There is no family {kind}.")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.path.insert(0, sys.argv[1])
    import hedge_suite

    default = ["batch_1000", "sequence_50", "factors_5000_100", "factors_20000_50", "scenarios_5000_50"]
    for family in sys.argv[2:] or default:
        run(hedge_suite, family)
