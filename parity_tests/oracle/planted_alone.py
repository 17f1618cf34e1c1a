"""Defects of what is judged without a twin: each takes one of its rules away."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from gradtwin import check
from gradtwin.core.differences import slope_along
from parity_tests.oracle.alone import LINE
from parity_tests.oracle.planted import Defect

__all__ = ["ALONE"]

Array = NDArray[Any]
KINKED = np.array([-1.0, 0.0, 0.5, 2.0])


def between(x: Array) -> Array:
    """Return numbers between two of the input, by a function of which a trace loses the gradient."""
    return np.asarray(np.linspace(x[0], x[1], 4))


def between_backward(grad: Array, x: Array) -> Array:
    out, share = np.zeros_like(x), np.linspace(0, 1, 4)
    out[:2] = grad @ (1 - share), grad @ share
    return out


def rippled(x: Array) -> Array:
    return np.asarray(x + 1e-3 * np.sin(1e12 * x) + 0 * special.erf(x))


ALONE = (
    Defect(
        "a trace has the slopes of the code",
        "gradtwin.ops.own.OwnForward._agrees",
        lambda self, gradients, cotangents, rng: True,
        lambda: check(between, between_backward, inputs=[LINE]),
        "match",
    ),
    Defect(
        "differences that disagree on both sides are no derivative",
        "gradtwin.ops.numeric.two_sided",
        slope_along,
        lambda: check(
            lambda x: np.abs(x) + 0 * special.erf(x), lambda g, x: g * np.where(x < 0, -1, 1), inputs=[KINKED]
        ),
        "match",
        "1 of 4 elements are not judged",
    ),
    Defect(
        "differences of a few digits judge nothing",
        "gradtwin.ops.numeric.without_rough",
        lambda values, errors: (values, errors),
        lambda: check(rippled, lambda grad, x: grad, inputs=[LINE]),
        "inconclusive",
    ),
    Defect(
        "a few elements that agree by chance judge nothing",
        "gradtwin.ops.numeric.JUDGED_SHARE",
        0.0,
        lambda: check(rippled, lambda grad, x: grad, inputs=[LINE], seed=1),
        "inconclusive",
    ),
    Defect(
        "without a twin any slope at a kink is right",
        "gradtwin.ops.problem.SUBGRADIENT",
        "mathematics",
        lambda: check(lambda x: np.maximum(x, 0), lambda grad, x: grad * (x >= 0), inputs=[KINKED]),
        "match",
    ),
)
