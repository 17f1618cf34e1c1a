"""Defects of what is judged without a twin: each takes one of its rules away."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from gradtwin import check
from gradtwin.core.differences import slope_along
from gradtwin.ops.own import DIFFERENCES
from parity_tests.oracle.alone import LINE
from parity_tests.oracle.complex_steps import OTHER, faint, faint_backward
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


def not_around(self: Any, j: int, at: Any, radius: float) -> Any:
    return self._slope(j, at)


def uncontradicted(self: Any, j: int, weights: Array) -> Any:
    """Return the complex step whatever differences say."""
    exact, _ = self._steps(j)
    values = np.zeros(self.inputs[j].shape)
    for at, value in zip(self.places(j), exact @ weights, strict=True):
        values[at] = value
    return values, np.zeros(values.shape)


SMALL, BY_KIND = OTHER["a magnitude of a small element"], OTHER["another function of complex numbers"]
ALONE = (
    Defect(
        "how far the complex step is from the mean around a circle is granted",
        "gradtwin.ops.complex_step._Stepped._around",
        not_around,
        lambda: check(faint, faint_backward, inputs=[LINE]),
        "match",
    ),
    Defect(
        "the complex step of every element is held against circles and differences",
        "gradtwin.ops.complex_step._Stepped._differenced",
        uncontradicted,
        lambda: check(SMALL.forward, SMALL.backward, inputs=SMALL.inputs),
        "match",
        DIFFERENCES,
    ),
    Defect(
        "code that is another for complex numbers is differentiated by differences",
        "gradtwin.ops.own.ComplexStepTwin.is_borne_out",
        lambda self, inputs: True,
        lambda: check(BY_KIND.forward, BY_KIND.backward, inputs=BY_KIND.inputs),
        "match",
        DIFFERENCES,
    ),
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
