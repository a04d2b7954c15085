#!/usr/bin/env python3
"""Rivals for the section `pricing-kernels` of `Ratios`, on one thread, as rates.

    python3 Peers/pricing_peers.py                                                  # rivals alone
    taskset -c 0 sh -c '.build/release/Ratios pricing-kernels | python3 Peers/pricing_peers.py -'

With `-` the table of `Ratios` is read from standard input and passed through, and each rival's rate is
set beside ours. What is not installed is left out, and said: numba (full repricing), lbp, that is
lets-be-precise, with Jäckel's C code in it (implied volatilities), QuantLib (American puts).
"""
import math
import re
import sys
import time

import numpy as np


def least_seconds(work, budget=2.0):
    """The least processor time of one call, of at least three."""
    seconds, end = [], time.perf_counter() + budget
    while len(seconds) < 3 or time.perf_counter() < end:
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def numba_repricing():
    import numba

    @numba.njit(fastmath=True, error_model="numpy")
    def reprice(prices, strikes, deviations, signs, quantities):
        sums, root_half = np.zeros(prices.size), math.sqrt(0.5)
        logarithms = np.log(prices)
        for first in range(0, prices.size, 512):
            last = min(prices.size, first + 512)
            for o in range(strikes.size):
                k, inverse, half = math.log(strikes[o]), 1 / deviations[o], deviations[o] / 2
                c, weight = signs[o] * root_half, 0.5 * signs[o] * quantities[o]
                for i in range(first, last):
                    d1 = (logarithms[i] - k) * inverse + half
                    sums[i] += weight * (prices[i] * math.erfc(-c * d1)
                                         - strikes[o] * math.erfc(-c * (d1 - 2 * half)))
        return sums

    index = np.arange(1000)
    strikes, years = 60 + 80 * index / 999, 0.02 + (index * 37 % 100) / 100
    arguments = (strikes, 0.6 * np.sqrt(years), np.where(index % 2 == 1, 1.0, -1.0),
                 index * 7 % 11 - 5.5)
    prices = 100 * np.exp(0.03 * np.random.Generator(np.random.SFC64(3)).standard_normal(100_000))
    reprice(prices[:1000], *arguments)
    return 1e8 / least_seconds(lambda: reprice(prices, *arguments))


def options(count):
    draws = np.random.Generator(np.random.SFC64(4)).random((2, count))
    return 60 + 80 * draws[0], 0.6 * np.sqrt(0.02 + draws[1])


def scalar_volatilities(name, module):
    """The rate of a function that takes one option at a time, without what Python's call costs: the time
    of as many calls for the value 0, which return at once, is taken off."""
    strikes, deviations = options(20_000)
    x = (-np.abs(np.log(strikes / 100))).tolist()
    solve = module.black_iv
    pairs = [(module.black(s, m), m) for s, m in zip(deviations.tolist(), x)]
    found = np.array([solve(value, m) for value, m in pairs])
    print(f"# {name}: largest relative error {np.max(np.abs(found / deviations - 1)):.1e}")
    whole = least_seconds(lambda: [solve(value, m) for value, m in pairs])
    calls = least_seconds(lambda: [solve(0.0, m) for _, m in pairs])
    print(f"# {name}: {len(x) / whole * 1e-6:.2f} million a second with the calls")
    return len(x) / (whole - calls)


def lets_be_precise():
    import lbp
    return scalar_volatilities("lets-be-precise", lbp)


def jaeckel():
    import lbp
    return scalar_volatilities("Jaeckel's C", lbp.lbr)


def quantlib(scheme):
    import QuantLib as ql
    today = ql.Date(1, 1, 2020)
    ql.Settings.instance().evaluationDate = today
    days = ql.Actual365Fixed()

    def flat(rate):
        return ql.YieldTermStructureHandle(ql.FlatForward(today, rate, days))

    volatility = ql.BlackVolTermStructureHandle(
        ql.BlackConstantVol(today, ql.NullCalendar(), 0.25, days))
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(100)), flat(0.02), flat(0.05), volatility)
    engine = ql.QdFpAmericanEngine(process, getattr(ql.QdFpAmericanEngine, scheme)())
    puts = []
    for i in range(100):
        exercise = ql.AmericanExercise(today, today + round(365 * (0.1 + 0.02 * i)))
        put = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Put, 80 + 0.4 * i), exercise)
        put.setPricingEngine(engine)
        puts.append(put)

    def work():
        for put in puts:
            put.recalculate()
    return 100 / least_seconds(work)


RIVALS = [
    ("book 1000 x 20000", "numba", numba_repricing),
    ("implied volatilities 100000", "lets-be-precise", lets_be_precise),
    ("implied volatilities 100000", "Jaeckel's C", jaeckel),
    ("American puts 100, fast", "QuantLib fast", lambda: quantlib("fastScheme")),
    ("American puts 100, standard", "QuantLib accurate", lambda: quantlib("accurateScheme")),
    ("American puts 100, precise", "QuantLib precise", lambda: quantlib("highPrecisionScheme")),
]

ours, name = {}, ""
if sys.argv[1:] == ["-"]:
    for line in sys.stdin:
        print(line, end="", flush=True)
        found = re.match(r"\s+([\d.]+) (million )?options", line)
        if found:
            ours.setdefault(name, float(found[1]) * (1e6 if found[2] else 1))
        elif not line.startswith(" "):
            name = re.split(r"\s{2,}|(?<=\d) (?=[a-z]+ )", line.strip())[0]
            name = next((n for n, _, _ in RIVALS if line.startswith(n)), name)

print(f"\n{'name':32}{'rival':20}{'per second':>14}{'ours over it':>14}")
for name, rival, measure in RIVALS:
    try:
        rate = measure()
    except ImportError as missing:
        print(f"{name:32}{rival:20}  left out: {missing}")
        continue
    ratio = f"{ours[name] / rate:14.2f}" if name in ours else ""
    print(f"{name:32}{rival:20}{rate:14.4g}{ratio}", flush=True)
