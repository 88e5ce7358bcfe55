"""Draws eight lognormal inputs and adds them up, or runs a model of twelve months over them, vectorised in NumPy.

Prints seconds and the mean. Importing NumPy is not in the time.
"""

import sys
import time

import numpy as np

# As in crates/model/examples/model_speed.rs: requests, growth, tokens in and out with their prices, a factor, fixed cost.
INPUTS = [(1e6, 2e5), (1.05, 0.02), (1500.0, 400.0), (2e-6, 5e-7), (300.0, 90.0), (8e-6, 2e-6), (1.1, 0.1), (5e3, 1e3)]

mode, draws = sys.argv[1], int(sys.argv[2])
start = time.perf_counter()
random = np.random.default_rng(1)
x = []
for mean, sd in INPUTS:
    variance = np.log1p((sd / mean) ** 2)
    x.append(random.lognormal(np.log(mean) - variance / 2, np.sqrt(variance), draws))
if mode == 'draws':
    total = x[0].copy()
    for column in x[1:]:
        total += column
else:
    per_request = (x[2] * x[3] + x[4] * x[5]) * x[6]
    requests = x[0].copy()
    total = np.zeros(draws)
    for _ in range(12):
        total += requests * per_request
        total += x[7]
        requests *= x[1]
figures = [total.mean(), total.std(ddof=1), *np.percentile(total, [10, 50, 90])]
print(mode, time.perf_counter() - start, figures[0])
