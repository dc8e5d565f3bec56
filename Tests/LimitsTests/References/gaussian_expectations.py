#!/usr/bin/env python3
"""Writes gaussian_expectations.csv: E[f(u) g(v)] of two jointly Gaussian numbers of mean 0, to 20 digits.

No closed form is used. Two homogeneous functions are integrated over the angle, between their zeros; two smooth ones by the
trapezoidal rule in two dimensions, whose error falls exponentially; a homogeneous one and a smooth one by a double exponential
rule over the half lines of the first and the trapezoidal rule over the second. Variances and covariances are the binary numbers
that are written.

  pip install mpmath gmpy2 && ./gaussian_expectations.py > gaussian_expectations.csv
"""
import itertools
from functools import lru_cache
from multiprocessing import Pool

from mpmath import atan2, cos, cosh, erf, exp, gamma, mp, mpf, pi, quad, sin, sqrt, tanh

mp.dps = 26


def phi(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def cdf(x):
    return (1 + erf(x / sqrt(mpf(2)))) / 2


def logistic(x):
    return 1 / (1 + exp(-x))


# name: (function, degree if homogeneous, else None)
FUNCTIONS = {
    "relu": (lambda x: x if x > 0 else mpf(0), 1),
    "slope of relu": (lambda x: mpf(1) if x > 0 else mpf(0), 0),
    "leakyrelu(0.25)": (lambda x: x if x > 0 else x / 4, 1),
    "slope of leakyrelu(0.25)": (lambda x: mpf(1) if x > 0 else mpf(1) / 4, 0),
    "abs": (lambda x: abs(x), 1),
    "sign": (lambda x: mpf(1) if x > 0 else mpf(-1) if x < 0 else mpf(0), 0),
    "square": (lambda x: x * x, 2),
    "erf": (lambda x: erf(x), None),
    "slope of erf": (lambda x: 2 * exp(-x * x) / sqrt(pi), None),
    "gelu": (lambda x: x * cdf(x), None),
    "slope of gelu": (lambda x: cdf(x) + x * phi(x), None),
    "exp": (lambda x: exp(x), None),
    "sine": (lambda x: sin(x), None),
    "cosine": (lambda x: cos(x), None),
    "tanh": (lambda x: tanh(x), None),
    "slope of tanh": (lambda x: 1 / cosh(x) ** 2, None),
    "sigmoid": (lambda x: logistic(x), None),
    "silu": (lambda x: x * logistic(x), None),
}

PAIRS = (
    [(f, f) for f in FUNCTIONS]
    + [("relu", g) for g in ("slope of relu", "abs", "square", "erf", "gelu", "exp", "sine")]
    + [("erf", g) for g in ("slope of erf", "gelu", "exp")]
    + [("sign", "erf"), ("gelu", "exp"), ("exp", "cosine"), ("tanh", "silu"), ("square", "gelu")]
)

# Var u, Var v, Cov(u, v)
CASES = [
    (1.0, 1.0, 0.5), (1.0, 1.0, 1.0), (2.0, 0.5, -0.625), (0.25, 1.75, 0.0), (1.0, 1.0, 0.999999),
    (1.0, 4.0, -1.9999), (0.0625, 0.0625, 0.03125),
]


@lru_cache(maxsize=None)
def points(scale):
    h = mpf("0.2") / max(1, scale)
    count = int(13 / h)
    return [(k * h, h * phi(k * h)) for k in range(-count, count + 1)]


def trapezoid(f, scale):
    return sum(weight * f(x) for x, weight in points(scale))


def half_line(f):
    """The integral from 0 on, by the trapezoidal rule after x = exp(t - exp(-t)) (Takahasi and Mori 1974)."""
    h, total = mpf(1) / 20, mpf(0)
    for k in range(-90, 56):
        t = k * h
        x = exp(t - exp(-t))
        total += h * x * (1 + exp(-t)) * f(x)
    return total


def expectation(f, g, uu, vv, uv):
    (f, p), (g, q) = FUNCTIONS[f], FUNCTIONS[g]
    uu, vv, uv = mpf(uu), mpf(vv), mpf(uv)
    su, b = sqrt(uu), uv / sqrt(uu)
    c = sqrt(max(mpf(0), vv - b * b))
    if p is not None and q is not None:
        # u = r su cos t, v = r (b cos t + c sin t).
        zero = atan2(-b, c) if c else pi / 2
        zeros = [zero, zero + pi, zero - pi, pi / 2, -pi / 2]
        points = sorted({-pi, pi} | {z for z in zeros if -pi < z < pi})
        points = [points[0]] + [y for x, y in zip(points, points[1:]) if y - x > mpf(10) ** -30]
        total = quad(lambda t: f(su * cos(t)) * g(b * cos(t) + c * sin(t)), points)
        return total / (2 * pi) * 2 ** (mpf(p + q) / 2) * gamma(mpf(p + q) / 2 + 1)
    if p is not None:
        def inner(x):
            return phi(x) * f(su * x) * (trapezoid(lambda y: g(b * x + c * y), float(c)) if c else g(b * x))
        return half_line(inner) + half_line(lambda x: inner(-x))
    if not c:
        return trapezoid(lambda x: f(su * x) * g(b * x), float(max(su, abs(b))))
    return trapezoid(lambda x: f(su * x) * trapezoid(lambda y: g(b * x + c * y), float(c)), float(max(su, abs(b))))


def line(task):
    (f, g), (uu, vv, uv) = task
    value = expectation(f, g, uu, vv, uv)
    return f"{f},{g},{uu!r},{vv!r},{uv!r},{mp.nstr(value, 20)}"


if __name__ == "__main__":
    print("first,second,var_u,var_v,cov,mean of the product")
    with Pool(2) as pool:
        for text in pool.imap(line, list(itertools.product(PAIRS, CASES))):
            print(text, flush=True)
