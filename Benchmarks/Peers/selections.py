"""Selections of at most k hedges of n, proven optimal: by Gurobi and by `marginopt solve`, in one run.

    pip install numpy scipy gurobipy
    python Benchmarks/Peers/selections.py SUITE MARGINOPT [n_k ...]

SUITE is a folder with hedge_suite.py, whose f7(n, k) gives S, w, ub: minimize the variance
(h + w)'S(h + w)/2 with |h| <= ub b and at most k of the binaries b. Both get the binaries, one thread,
a relative gap of 1e-6 and 70 seconds; Gurobi's wheel solves up to 200 variables without a licence.
"""

import json
import os
import subprocess
import sys
import tempfile
import time



def qps(d, path):
    n = len(d["w"])
    cost = d["S"] @ d["w"]
    with open(path, "w") as file:
        out = file.write
        out("NAME selection\nROWS\n N cost\n L count\n")
        for i in range(n):
            out(f" L up{i}\n G low{i}\n")
        out("COLUMNS\n")
        for i in range(n):
            out(f" h{i} cost {float(cost[i])!r}\n h{i} up{i} 1 low{i} 1\n")
        out(" M1 'MARKER' 'INTORG'\n")
        for i in range(n):
            out(f" b{i} count 1\n b{i} up{i} {-float(d['ub'][i])!r} low{i} {float(d['ub'][i])!r}\n")
        out(" M2 'MARKER' 'INTEND'\n")
        out(f"RHS\n R count {d['k']}\n R cost {float(-0.5 * d['w'] @ cost)!r}\n")
        out("BOUNDS\n")
        for i in range(n):
            out(f" LO B h{i} {-float(d['ub'][i])!r}\n UP B h{i} {float(d['ub'][i])!r}\n BV B b{i}\n")
        out("QUADOBJ\n")
        for i in range(n):
            for j in range(i + 1):
                out(f" h{i} h{j} {float(d['S'][i, j])!r}\n")
        out("ENDATA\n")


def gurobi(d):
    import gurobipy as gp

    n = len(d["w"])
    model = gp.Model(env=gp.Env(params={"OutputFlag": 0}))
    model.Params.Threads, model.Params.TimeLimit, model.Params.MIPGap = 1, 70, 1e-6
    before = time.process_time()
    h, b = model.addMVar(n, lb=-d["ub"], ub=d["ub"]), model.addMVar(n, vtype="B")
    model.addConstr(h <= d["ub"] * b)
    model.addConstr(h >= -d["ub"] * b)
    model.addConstr(b.sum() <= d["k"])
    cost = d["S"] @ d["w"]
    model.setObjective(0.5 * (h @ d["S"] @ h) + cost @ h + 0.5 * d["w"] @ cost)
    model.optimize()
    status = "optimal" if model.Status == 2 else "not proven"
    return status, model.ObjVal, model.ObjBound, time.process_time() - before


def ours(d, command):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "selection.qps")
        qps(d, path)
        out = subprocess.run(
            [command, "solve", path, "--gap", "1e-6", "--time-limit", "70", "--json"],
            capture_output=True, text=True, env=dict(os.environ, OPENBLAS_NUM_THREADS="1"))
    r = json.loads(out.stdout)
    return r["status"], r["objective"], r.get("bound", float("nan")), r["solveSeconds"]


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.path.insert(0, sys.argv[1])
    import hedge_suite

    for name in sys.argv[3:] or ["30_10", "50_5", "50_10", "100_5", "100_10"]:
        d = hedge_suite.f7(*[int(v) for v in name.split("_")])
        for who, solve in [("gurobi", gurobi), ("ours", lambda d: ours(d, sys.argv[2]))]:
            try:
                status, value, bound, seconds = solve(d)
                print(f"{name:8} {who:7} {status:10} {value:.10f} bound {bound:.10f} {seconds:9.4f} s", flush=True)
            except Exception as error:  # A size that a licence does not allow.
                print(f"{name:8} {who:7} {str(error)[:70]}", flush=True)
