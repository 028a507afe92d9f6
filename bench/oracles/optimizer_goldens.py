"""Writes what reference implementations of CMA-ES and of Nelder and Mead's method compute.

    pip install cma==4.4.0 scipy==1.17.1 numpy==2.4.6
    python bench/oracles/optimizer_goldens.py Tests/Fixtures/optimizers

`cma_parameters.json`: the default parameters for several dimensions and population sizes (pycma's, but for the damping of
the step size, which is the tutorial's). `cma_updates.json`: mean, covariance and paths after each of several updates with
given samples (`cma.purecma`); the step size follows the tutorial's formula, since the reference uses another.
`nelder_mead.json`: every point that scipy evaluates from a given start, with its value.
"""
import json
import math
import pathlib
import sys

import cma
import cma.purecma
import numpy as np
import scipy.optimize
from cma.recombination_weights import RecombinationWeights


def rosenbrock(x):
    return float(sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:])))


def parameters(n, popsize=None):
    popsize = popsize or 4 + int(3 * math.log(n))
    reference = cma.CMAEvolutionStrategy(n * [0.5], 1, {"verbose": -9, "popsize": popsize}).sp
    pure = cma.purecma.CMAESParameters(n, popsize, RecombinationWeights)
    mueff = pure.mueff
    result = {
        "n": n,
        "lambda": popsize,
        "mueff": mueff,
        "cs": pure.cs,
        "damps": 1 + 2 * max(0, math.sqrt((mueff - 1) / (n + 1)) - 1) + pure.cs,
        "cc": reference.cc,
        "c1": reference.c1,
        "cmu": reference.cmu,
        "weights": list(map(float, reference.weights)),
        "chi": pure.chiN,
    }
    return result


def updates(n, popsize, generations, seed):
    values = parameters(n, popsize)
    strategy = cma.purecma.CMAES(n * [0.3], 0.7, popsize)
    strategy.params = cma.purecma.CMAESParameters(n, popsize, RecombinationWeights)
    strategy.params.weights = values["weights"]
    strategy.params.mu = sum(w > 0 for w in values["weights"])
    for name in ("c1", "cmu", "cc", "cs"):
        setattr(strategy.params, name, values[name])
    generator = np.random.default_rng(seed)
    steps = []
    for generation in range(generations):
        sigma = strategy.sigma
        strategy.C.update_eigensystem(1, 0)
        root = np.linalg.cholesky(np.array([[strategy.C[i][j] for j in range(n)] for i in range(n)]))
        points = [list(map(float, strategy.xmean + sigma * root @ generator.standard_normal(n)))
                  for _ in range(popsize)]
        losses = [rosenbrock(x) for x in points]
        strategy.C.update_eigensystem(strategy.counteval + 10**9, 0)
        strategy.tell(points, losses)
        norm = math.sqrt(sum(p * p for p in strategy.ps))
        # The two ways to tell a stalled path must agree, or the reference would not be one.
        settled = math.sqrt(1 - (1 - values["cs"]) ** (2 * (generation + 1)))
        assert (norm / settled < (1.4 + 2 / (n + 1)) * values["chi"]) == (
            norm**2 / n / settled**2 < 2 + 4 / (n + 1))
        strategy.sigma = sigma * math.exp(min(1, values["cs"] / values["damps"] * (norm / values["chi"] - 1)))
        order = sorted(range(popsize), key=lambda k: losses[k])
        steps.append({
            "ranked": [points[k] for k in order],
            "mean": list(map(float, strategy.xmean)),
            "sigma": strategy.sigma,
            "covariance": [float(strategy.C[i][j]) for i in range(n) for j in range(n)],
            "sigma_path": list(map(float, strategy.ps)),
            "covariance_path": list(map(float, strategy.pc)),
        })
    return {"mean": n * [0.3], "sigma": 0.7, "lambda": popsize, "steps": steps}


def nelder_mead(simplex, evaluations):
    points, values = [], []

    def record(x):
        points.append([float(v) for v in x])
        values.append(rosenbrock(x))
        return values[-1]

    scipy.optimize.minimize(
        record, simplex[0], method="Nelder-Mead",
        options={"adaptive": True, "initial_simplex": np.array(simplex), "maxfev": evaluations, "xatol": 0, "fatol": 0})
    return {"simplex": simplex, "points": points, "values": values}


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def write(name, value):
    (folder / name).write_text(json.dumps(value) + "\n")


write("cma_parameters.json", [parameters(n) for n in (2, 3, 5, 10, 20, 40)] + [parameters(7, 30)])
write("cma_updates.json", [updates(3, 8, 6, 1), updates(6, 20, 4, 2)])
write("nelder_mead.json", [
    nelder_mead([[-1.2, 1.0], [-1.0, 1.0], [-1.2, 1.3]], 120),
    nelder_mead([[0.0, 0, 0, 0], [0.9, 0, 0, 0], [0, 0.8, 0, 0], [0, 0, 0.7, 0], [0, 0, 0, 0.6]], 160),
])
