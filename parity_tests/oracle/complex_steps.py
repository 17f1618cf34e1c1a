"""NumPy code without a twin that cannot be traced: analytic, and taking complex numbers without being so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, linalg, special

from parity_tests.oracle.alone import LINE, POSITIVE, ROWS, Suspect

__all__ = ["ANALYTIC", "OTHER", "faint", "faint_backward"]

Array = NDArray[Any]
GROUPS = np.array([0, 2, 1, 2, 0, 3])
SQUARE = 3 * np.eye(4) + np.random.default_rng(3).standard_normal((4, 4)) / 2


def in_groups(x: Array) -> Array:
    out = np.zeros(4, x.dtype)
    np.add.at(out, GROUPS, x**3)
    return out


def spectrum(x: Array) -> Any:
    y = fft.dct(x, norm="ortho")
    return (y**3).sum()


def solved(a: Array, b: Array) -> Array:
    return np.asarray(linalg.solve(a, b))


def solved_backward(grad: Array, a: Array, b: Array) -> tuple[Array, Array]:
    of_b = linalg.solve(a.T, grad)
    return -np.outer(of_b, linalg.solve(a, b)), of_b


def determinant(a: Array) -> Any:
    return linalg.det(a)


def exponential(a: Array) -> Any:
    return np.trace(linalg.expm(a / 4))


def density(x: Array) -> Array:
    return np.asarray(np.exp(-x * x / 2) * x.dtype.type(1 / math.sqrt(2 * math.pi)))


def weighted(x: Array) -> Array:
    return np.asarray(special.ndtr(x) * x * x)


def products(x: Array) -> Array:
    return np.asarray(np.multiply.accumulate(x))


def products_backward(grad: Array, x: Array) -> Array:
    out = np.zeros_like(x)
    for k in range(len(x)):
        for i in range(k + 1):
            out[i] += grad[k] * np.prod(np.delete(x[: k + 1], i))
    return out


def settled(x: Array) -> Array:
    y = x
    while y.sum() > 1:
        y = np.sin(y) / 2
    return np.asarray(y)


def settled_backward(grad: Array, x: Array) -> Array:
    y, slope = x, np.ones_like(x)
    while y.sum() > 1:
        y, slope = np.sin(y) / 2, slope * np.cos(y) / 2
    return grad * slope


def settled_backward_late(grad: Array, x: Array) -> Array:
    y, slope = x, np.ones_like(x)
    while y.sum() > 1:
        y = np.sin(y) / 2
        slope = slope * np.cos(y) / 2
    return grad * slope


def evidence(x: Array) -> Any:
    return special.logsumexp(x)


def evidence_backward(grad: Array, x: Array) -> Array:
    return np.asarray(grad * np.exp(x - special.logsumexp(x)))


ANALYTIC: dict[str, Suspect] = {
    "sums in groups": Suspect(
        in_groups,
        lambda grad, x: 3 * grad[GROUPS] * x * x,
        {
            "unsorted": lambda grad, x: 3 * grad[np.sort(GROUPS)] * x * x,
            "a factor of 2": lambda grad, x: 2 * grad[GROUPS] * x * x,
        },
        (LINE,),
    ),
    "a cosine transform": Suspect(
        spectrum,
        lambda grad, x: grad * 3 * fft.idct(fft.dct(x, norm="ortho") ** 2, norm="ortho"),
        {
            "of the other kind": lambda grad, x: grad * 3 * fft.dct(fft.dct(x, norm="ortho") ** 2, norm="ortho"),
            "not scaled": lambda grad, x: grad * 3 * fft.idct(fft.dct(x) ** 2, norm="ortho"),
        },
        (LINE,),
    ),
    "a linear system": Suspect(
        solved,
        solved_backward,
        {
            "not transposed": lambda grad, a, b: (
                -np.outer(linalg.solve(a, grad), linalg.solve(a, b)),
                linalg.solve(a, grad),
            ),
            "another sign": lambda grad, a, b: (
                np.outer(linalg.solve(a.T, grad), linalg.solve(a, b)),
                linalg.solve(a.T, grad),
            ),
        },
        (SQUARE, LINE[:4]),
    ),
    "a determinant": Suspect(
        determinant,
        lambda grad, a: grad * linalg.det(a).astype(a.dtype) * linalg.inv(a).T,
        {
            "not transposed": lambda grad, a: grad * linalg.det(a).astype(a.dtype) * linalg.inv(a),
            "of the logarithm": lambda grad, a: grad * linalg.inv(a).T,
        },
        (SQUARE,),
    ),
    "an exponential of a matrix": Suspect(
        exponential,
        lambda grad, a: grad * linalg.expm(a / 4).T / 4,
        {
            "without the quarter": lambda grad, a: grad * linalg.expm(a / 4).T,
            "of the elements": lambda grad, a: grad * np.exp(a.T / 4) / 4,
        },
        (SQUARE,),
    ),
    "a distribution": Suspect(
        weighted,
        lambda grad, x: grad * (density(x) * x * x + 2 * x * special.ndtr(x)),
        {
            "without the density": lambda grad, x: grad * 2 * x * special.ndtr(x),
            "a short constant": lambda grad, x: (
                grad * (density(x) * x.dtype.type(1.00001) * x * x) + grad * 2 * x * special.ndtr(x)
            ),
        },
        (ROWS,),
    ),
    "running products": Suspect(
        products,
        products_backward,
        {
            "as if summed": lambda grad, x: np.cumsum(grad[::-1])[::-1],
            "the last alone": lambda grad, x: grad[-1] * np.prod(x) / x,
        },
        (LINE,),
    ),
    "a loop by a number": Suspect(
        settled,
        settled_backward,
        {"of the next iterate": settled_backward_late, "one step": lambda grad, x: grad * np.cos(x) / 2},
        (3 * POSITIVE,),
    ),
    "a log of a sum": Suspect(
        evidence,
        evidence_backward,
        {
            "not normalized": lambda grad, x: grad * np.exp(x - x.max()),
            "of the mean": lambda grad, x: evidence_backward(grad, x) / x.dtype.type(len(x)),
        },
        (LINE,),
    ),
    "a branch": Suspect(
        lambda x: np.sin(x) * x if x.sum() > 0 else np.exp(x),
        lambda grad, x: grad * (np.cos(x) * x + np.sin(x) if x.sum() > 0 else np.exp(x)),
        {
            "a term lost": lambda grad, x: grad * (np.cos(x) * x if x.sum() > 0 else np.exp(x) / 2),
            "the other": lambda grad, x: grad * (np.cos(x) * x + np.sin(x) if x.sum() <= 0 else np.exp(x)),
        },
        (LINE,),
    ),
}
"""Code of which the complex step tells the derivative."""


def one_magnitude(x: Array) -> Array:
    y = np.add.reduce([x * x])
    y[1] = np.abs(y[1]) * np.exp(x[1])
    return np.asarray(y)


def one_magnitude_backward(grad: Array, x: Array) -> Array:
    out = 2 * grad * x
    out[1] = grad[1] * np.exp(x[1]) * (2 * x[1] + x[1] ** 2)
    return np.asarray(out)


def faint(x: Array) -> Array:
    """Return what is analytic but for a share that no difference shows."""
    return np.asarray(np.add.reduce([np.exp(x) + 1e-13 * np.abs(x)]))


def faint_backward(grad: Array, x: Array) -> Array:
    return np.asarray(grad * (np.exp(x) + 1e-13 * np.sign(x)))


def by_kind(x: Array) -> Any:
    y = np.add.reduce(x * x)
    return y if np.isrealobj(x) else y + (x - LINE).sum()


OTHER: dict[str, Suspect] = {
    "magnitudes": Suspect(
        lambda x: np.add.reduce(np.abs(x) ** 3),
        lambda grad, x: 3 * grad * x * np.abs(x),
        {"without the sign": lambda grad, x: 3 * grad * x * x, "zero": lambda grad, x: 0 * grad * x},
        (LINE,),
    ),
    "a norm": Suspect(
        lambda x: np.add.reduce([x / np.linalg.norm(x)]),
        lambda grad, x: (grad - x * (grad @ x) / (x @ x)) / np.linalg.norm(x),
        {"as if it were constant": lambda grad, x: grad / np.linalg.norm(x)},
        (LINE,),
    ),
    "real parts": Suspect(
        lambda x: np.add.reduce(np.real(x) * x),
        lambda grad, x: 2 * grad * x,
        {"of one factor": lambda grad, x: grad * x},
        (LINE,),
    ),
    "conjugates": Suspect(
        lambda x: np.add.reduce(x * x.conj() + np.sin(x)),
        lambda grad, x: grad * (2 * x + np.cos(x)),
        {"of the other alone": lambda grad, x: grad * np.cos(x)},
        (LINE,),
    ),
    "signs": Suspect(
        lambda x: np.add.reduce(np.sign(x) * x**3),
        lambda grad, x: 3 * grad * np.sign(x) * x * x,
        {"of a quotient by the size": lambda grad, x: 4 * grad * np.sign(x) * x * x},
        (LINE,),
    ),
    "angles": Suspect(
        lambda x: np.add.reduce([np.exp(x) * (1 + np.angle(x))]),
        lambda grad, x: grad * np.exp(x) * (1 + np.angle(x)),
        {"without them": lambda grad, x: grad * np.exp(x)},
        (LINE,),
    ),
    "numbers of Python": Suspect(
        lambda x: np.array([math.exp(v) for v in x], x.dtype),
        lambda grad, x: grad * np.exp(x),
        {"the argument": lambda grad, x: grad * x},
        (LINE,),
    ),
    "a type": Suspect(
        lambda x: np.add.reduce(x.astype(np.float64) ** 3 + x),
        lambda grad, x: grad * (3 * x * x + 1),
        {"of the rest": lambda grad, x: grad * np.ones_like(x)},
        (LINE,),
    ),
    "one magnitude": Suspect(
        one_magnitude,
        one_magnitude_backward,
        {
            "half of it": lambda grad, x: (
                one_magnitude_backward(grad, x) * np.where(np.arange(len(x)) == 1, 0.5, 1).astype(x.dtype)
            )
        },
        (LINE,),
    ),
    "a magnitude of a small element": Suspect(
        lambda x: np.add.reduce(np.sin(x)) + np.abs(x[0]) / 2,
        lambda grad, x: grad * (np.cos(x) + np.array([0.5, 0, 0], x.dtype)),
        {"the sines": lambda grad, x: grad * (np.sin(x) + np.array([0.5, 0, 0], x.dtype))},
        (np.array([1e-12, 1.0, 2.0]),),
    ),
    "a kink": Suspect(
        lambda x: np.add.reduce([np.maximum(x, 0) * np.exp(x)]) + np.maximum(x, 0),
        lambda grad, x: grad * (x > 0) * (np.exp(x) * (1 + x) + 1),
        {"on the other side": lambda grad, x: grad * (x < 0) * (np.exp(x) * (1 + x) + 1)},
        (np.array([-1.0, 0.0, 0.5, 2.0]),),
    ),
    "another function of complex numbers": Suspect(
        by_kind, lambda grad, x: 2 * grad * x, {"that one": lambda grad, x: grad * (2 * x + 1)}, (LINE,)
    ),
}
"""Code that takes complex numbers, or seems to, and of which the complex step does not tell the derivative."""
