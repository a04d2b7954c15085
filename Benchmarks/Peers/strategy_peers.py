#!/usr/bin/env python3
"""The pairing of option legs into strategies by SciPy's mixed-integer solver (HiGHS), on one thread.

    .build/release/Ratios strategies | python3 Peers/strategy_peers.py -

prints the table of `Ratios`, and for each pairing HiGHS's time and requirement beside ours. The
legs are made as in `StrategyRatios.swift`; strategies are enumerated here anew, from the rule:
verticals and diagonals, short straddles, butterflies, condors, iron condors, long boxes, each at
longs in full and the greatest loss at expiry. Only the solution is timed, not the enumeration.
"""
import itertools
import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from ratios_table import read_if_asked

PRICE = 100.0

def legs(count):
    made = []
    for k in range(count):
        call = k % 2 == 0
        strike = 75 + 5 * ((7 * k) % 11) + k // 22
        quantity = (1 + (5 * k) % 9) * (1 if (k // 2 + k // 7) % 2 == 0 else -1)
        price = max(0.0, (1 if call else -1) * (PRICE - strike)) + 0.5 + 0.1 * ((3 * k) % 17)
        made.append((call, float(strike), 1 + k % 3 // 2, quantity, price))
    return made

def alone(leg):
    call, strike, _, quantity, price = leg
    if quantity > 0:
        return price
    away = max(0.0, strike - PRICE if call else PRICE - strike)
    return price + max(0.2 * PRICE - away, 0.1 * (PRICE if call else strike))

def loss(book, group):
    def at(s):
        return -sum(
            n * (1 if book[i][3] > 0 else -1) * max(0.0, (s - book[i][1]) * (1 if book[i][0] else -1))
            for i, n in group)
    return max(0.0, *(at(s) for s in [0.0, 1e4] + [book[i][1] for i, _ in group]))

def strategies(book):
    long = [i for i, leg in enumerate(book) if leg[3] > 0]
    short = [i for i, leg in enumerate(book) if leg[3] < 0]
    def spread(group):
        return sum(n * book[i][4] for i, n in group if book[i][3] > 0) + loss(book, group)
    for s, l in itertools.product(short, long):
        if book[s][0] == book[l][0] and book[l][2] >= book[s][2]:
            yield [(s, 1), (l, 1)], spread([(s, 1), (l, 1)])
    for a, b in itertools.combinations(short, 2):
        if book[a][0] != book[b][0]:
            x, y = alone(book[a]), alone(book[b])
            yield [(a, 1), (b, 1)], x + book[b][4] if x >= y else y + book[a][4]
    for lower, upper in itertools.combinations(long, 2):
        if book[lower][2] != book[upper][2]:
            continue
        if book[lower][1] > book[upper][1]:
            lower, upper = upper, lower
        inside = [s for s in short if book[s][2] == book[lower][2]
                  and book[lower][1] < book[s][1] < book[upper][1]]
        if book[lower][0] == book[upper][0]:
            same = [s for s in inside if book[s][0] == book[lower][0]]
            for s in same:
                group = [(lower, 1), (s, 2), (upper, 1)]
                yield group, spread(group)
            for a, b in itertools.combinations(same, 2):
                group = [(lower, 1), (a, 1), (b, 1), (upper, 1)]
                yield group, spread(group)
        elif not book[lower][0]:
            for put in (s for s in inside if not book[s][0]):
                for call in (s for s in inside if book[s][0] and book[s][1] >= book[put][1]):
                    group = [(lower, 1), (put, 1), (call, 1), (upper, 1)]
                    yield group, spread(group)

def solve(count):
    book = legs(count)
    columns = [([(i, 1)], alone(leg)) for i, leg in enumerate(book)] + list(strategies(book))
    uses = np.zeros((count, len(columns)))
    for j, (group, _) in enumerate(columns):
        for i, n in group:
            uses[i, j] = n
    costs = np.array([cost for _, cost in columns])
    held = np.array([abs(leg[3]) for leg in book], dtype=float)
    best = np.inf
    for _ in range(7):
        start = time.perf_counter()
        found = milp(
            costs, constraints=LinearConstraint(uses, held, held), integrality=np.ones(len(costs)),
            bounds=Bounds(0, np.inf), options={"mip_rel_gap": 0})
        best = min(best, time.perf_counter() - start)
    return best, found.fun, len(columns)

def main():
    ours = read_if_asked()
    for count in (12, 24, 48, 96):
        seconds, requirement, columns = solve(count)
        text = f"HiGHS, {count} legs, {columns} strategies: {1e3 * seconds:.3f} ms, requirement {requirement:.6f}"
        found = ours.get(f"strategy pairing, {count} legs")
        print(text + (f"; ours/HiGHS {found / seconds:.4f}" if found else ""))

main()
