"""The hedges that marginopt finds, confirmed by rival solvers on the programs that it writes.

    pip install numpy scipy highspy clarabel
    python Benchmarks/Peers/confirm_hedges.py COMMAND... -- RULE [RULE ...]

COMMAND is marginopt hedge with a market, a book and limits; each RULE is given to it as --profile. The
program is written as QPS (the first convex model where a rule is not convex) and read here; HiGHS solves
it where it is linear, Clarabel where it has cones. Printed for each rule: the optimum of the rival, ours of
the same program (the plan of --models 1 for an exact face, the certified bound of the face for any), and
their relative difference. Exit code 1 where one is above 1e-6.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import scipy.sparse as sp


def read_qps(path):
    """Free-format QPS with RANGES, BOUNDS and CSECTION QUAD: c, constant, A, l, u, lb, ub, cones by rows."""
    section, sense, rows, columns = None, {}, {}, {}
    entries, c, constant, rhs, ranges = [], {}, 0.0, {}, {}
    bounds, cones = [], []
    for line in open(path):
        if not line.strip() or line.startswith("*"):
            continue
        field = line.split()
        if not line[0].isspace():
            section = field[0]
            if section == "CSECTION":
                cones.append((field[-1], []))
            continue
        if section == "ROWS":
            sense[field[1]] = field[0]
            if field[0] != "N":
                rows[field[1]] = len(rows)
        elif section == "COLUMNS":
            j = columns.setdefault(field[0], len(columns))
            for row, value in zip(field[1::2], field[2::2]):
                if sense[row] == "N":
                    c[j] = float(value)
                else:
                    entries.append((rows[row], j, float(value)))
        elif section in ("RHS", "RANGES"):
            for row, value in zip(field[1::2], field[2::2]):
                if section == "RANGES":
                    ranges[row] = float(value)
                elif sense[row] == "N":
                    constant = -float(value)
                else:
                    rhs[row] = float(value)
        elif section == "BOUNDS":
            bounds.append((field[0], columns[field[2]], float(field[3]) if len(field) > 3 else 0))
        elif section == "CSECTION":
            cones[-1][1].append(columns[field[0]])
        elif section == "QUADOBJ":
            raise SystemExit("a quadratic objective is not read here")
    n, m = len(columns), len(rows)
    l, u = np.full(m, -np.inf), np.full(m, np.inf)
    for row, i in rows.items():
        b = rhs.get(row, 0.0)
        r = ranges.get(row)
        if sense[row] == "E":
            l[i] = u[i] = b
        elif sense[row] == "L":
            u[i] = b
            l[i] = b - abs(r) if r is not None else -np.inf
        else:
            l[i] = b
            u[i] = b + abs(r) if r is not None else np.inf
    lb, ub = np.zeros(n), np.full(n, np.inf)
    for kind, j, value in bounds:
        if kind in ("LO", "FX"):
            lb[j] = value
        if kind in ("UP", "FX"):
            ub[j] = value
        if kind in ("MI", "FR"):
            lb[j] = -np.inf
        if kind in ("PL", "FR"):
            ub[j] = np.inf
    cost = np.zeros(n)
    for j, value in c.items():
        cost[j] = value
    i, j, v = zip(*entries) if entries else ((), (), ())
    return cost, constant, sp.csc_matrix((v, (i, j)), shape=(m, n)), l, u, lb, ub, cones


def highs(cost, constant, A, l, u, lb, ub):
    import highspy

    model = highspy.HighsModel()
    lp = model.lp_
    lp.num_col_, lp.num_row_ = A.shape[1], A.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lb, ub
    lp.row_lower_, lp.row_upper_, lp.offset_ = l, u, constant
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = A.indptr, A.indices
    lp.a_matrix_.value_ = A.data
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("primal_feasibility_tolerance", 1e-9),
                          ("dual_feasibility_tolerance", 1e-9)):
        solver.setOptionValue(option, value)
    solver.passModel(model)
    solver.run()
    return solver.getInfo().objective_function_value


def clarabel_solve(cost, constant, A, l, u, lb, ub, cones):
    import clarabel

    n = len(cost)
    eye = sp.identity(n, format="csr")
    A = A.tocsr()
    blocks, sides = [], []
    for matrix, sign, side in ((A, 1, u), (A, -1, -l), (eye, 1, ub), (eye, -1, -lb)):
        keep = np.isfinite(side)
        blocks.append(sign * matrix[keep])
        sides.append(side[keep])
    kinds = [clarabel.NonnegativeConeT(sum(len(s) for s in sides))]
    for _, members in cones:
        blocks.append(-eye[members])
        sides.append(np.zeros(len(members)))
        kinds.append(clarabel.SecondOrderConeT(len(members)))
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    solver = clarabel.DefaultSolver(
        sp.csc_matrix((n, n)), cost, sp.vstack(blocks).tocsc(), np.concatenate(sides), kinds,
        settings)
    return solver.solve().obj_val + constant


def main():
    split = sys.argv.index("--")
    command, rules = sys.argv[1:split], sys.argv[split + 1:]
    worst = 0.0
    print(f"{'rule':24s} {'solver':9s} {'rival':>18s} {'ours':>18s} {'difference':>10s}  face")
    with tempfile.TemporaryDirectory() as folder:
        for rule in rules:
            path = os.path.join(folder, "program.qps")
            run = subprocess.run(
                command + ["--profile", rule, "--models", "1", "--write-qps", path, "--json"],
                capture_output=True, text=True)
            if run.returncode not in (0, 2):
                raise SystemExit(run.stderr)
            ours = json.loads(run.stdout)["bound"]
            *program, cones = read_qps(path)
            cones = [cone for cone in cones if cone[1]]
            rival = clarabel_solve(*program, cones) if cones else highs(*program)
            difference = abs(rival - ours) / max(1, abs(rival))
            worst = max(worst, difference)
            face = json.loads(run.stdout)["rule"].split(":")[0]
            name = os.path.basename(rule).replace(".json", "")
            solver = "Clarabel" if cones else "HiGHS"
            print(f"{name:24s} {solver:9s} {rival:18.6f} {ours:18.6f} {difference:10.1e}  {face}")
    sys.exit(0 if worst <= 1e-6 else 1)


if __name__ == "__main__":
    main()
