"""Inputs at which both sides compute exactly: what hides in a bound is found there, and what rounds is left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.ops.exact import KINDS, exact_inputs

Array = NDArray[Any]

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 5))
LONG = RNG.standard_normal(3000).astype(np.float16)
EDGES = [-1.0, 0.0, 1.0]


def _of(report: gradtwin.Report) -> list[tuple[str, str]]:
    return [(f.verdict, f.quantity) for f in report.findings]


ANGLES = np.arange(6.0)[:, None] * np.array([1.0, 0.1])
COSINES, SINES = (np.tile(f(ANGLES), 2) for f in (np.cos, np.sin))


def rotated(x: torch.Tensor, cosines: torch.Tensor, sines: torch.Tensor) -> torch.Tensor:
    """Return pairs of columns turned by angles that stand in both halves of the tables."""
    left, right = x.chunk(2, -1)
    return x * cosines + torch.cat([-right, left], -1) * sines


def rotated_by_one_half(x: Array, cosines: Array, sines: Array, sign: float = 1.0) -> Array:
    """Return the same from one half of each table; a sign of -1 in the other half is a mistake."""
    (left, right), c, s = np.split(x, 2, -1), cosines[:, :2], sines[:, :2]
    return np.concatenate([left * c - right * s, right * c + sign * left * s], -1)


WRONG: dict[str, Callable[[], gradtwin.Report]] = {
    "one of 3000 terms dropped, in float16": lambda: gradtwin.check(
        lambda x: x[1:].sum(dtype=np.float32).astype(x.dtype), twin=torch.sum, inputs=[LONG]
    ),
    "a value on an edge in the other bin": lambda: gradtwin.check(
        lambda x: np.digitize(x, EDGES),
        twin=lambda x: torch.bucketize(x, torch.tensor(EDGES, dtype=x.dtype)),
        inputs=[X],
    ),
    "a count that leaves zeros out": lambda: gradtwin.check(
        lambda x: np.count_nonzero(x, axis=-1), twin=lambda x: (x == x).sum(-1), inputs=[X]
    ),
    "one part in 256 of a rotation by tables with two halves": lambda: gradtwin.check(
        lambda x, c, s: rotated_by_one_half(x, c, s, 1 + 2**-8).astype(np.float16),
        twin=rotated,
        inputs=[x.astype(np.float16) for x in (X[:, :4], COSINES, SINES)],
    ),
    "NaN at zero": lambda: gradtwin.check(lambda x: x * x / x, twin=lambda x: x * 1.0, inputs=[X]),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_the_given_numbers_do_not_show_is_found(wrong: Callable[[], gradtwin.Report]) -> None:
    report = wrong()
    assert _of(report) == [("mismatch", "output")], str(report)
    assert "exact inputs" in report.findings[0].context


RIGHT: dict[str, Callable[[], gradtwin.Report]] = {
    "a rotation that reads one half of tables with two": lambda: gradtwin.check(
        rotated_by_one_half, twin=rotated, inputs=[X[:, :4], COSINES, SINES]
    ),
    "another order of the sum": lambda: gradtwin.check(
        lambda x: x[::-1].sum(), lambda grad, x: np.full(x.shape, grad), twin=torch.sum, inputs=[X]
    ),
    "a division by a constant": lambda: gradtwin.check(
        lambda x: x * (1 / 49), lambda grad, x: grad * (1 / 49), twin=lambda x: x / 49, inputs=[X]
    ),
    "a cancellation that leaves rounding": lambda: gradtwin.check(
        lambda x: (x / 3 + x / 3 + x / 3) - x, twin=lambda x: (x / 3 + x / 3 + x / 3) - x + 0 * x, inputs=[X]
    ),
    "a mean of 0, which the twin adds up in the wider precision": lambda: gradtwin.check(
        lambda x: np.mean(x, axis=0),
        twin=lambda x: torch.var_mean(x, dim=0, correction=0)[1],
        inputs=[np.random.default_rng(9).standard_normal(10)],
        seed=9,
        name="mean",  # the seed of the numbers depends on it: their mean is 0
    ),
    "the places of equal numbers": lambda: gradtwin.check(
        lambda x: np.argsort(x[:, ::-1], axis=-1)[:, ::-1] * -1 + 4,
        twin=lambda x: torch.argsort(x, -1, descending=True),
        inputs=[X],
    ),
    "the gradient of another of equal numbers": lambda: gradtwin.check(
        lambda x: x.max(),
        lambda grad, x: grad * (np.arange(x.size) == x.size - 1 - np.argmax(x.ravel()[::-1])).reshape(x.shape),
        twin=torch.max,
        inputs=[X],
    ),
    "logarithms, which have no negative numbers": lambda: gradtwin.check(
        np.log, lambda grad, x: grad / x, twin=torch.log, inputs=[np.abs(X) + 0.1]
    ),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT)
def test_what_rounds_or_picks_among_equals_is_left_alone(right: Callable[[], gradtwin.Report]) -> None:
    report = right()
    assert not [f for f in report.findings if "exact inputs" in f.context], str(report)


def test_a_term_that_is_missing_is_no_lower_precision() -> None:
    a, b = (RNG.standard_normal((8, 4096)).astype(np.float16) for _ in range(2))

    def forward(a: Array, b: Array) -> Array:
        kept = slice(0, 4096 - 32)
        return (a[:, kept].astype(np.float32) @ b[:, kept].T.astype(np.float32)).astype(a.dtype)

    report = gradtwin.check(forward, twin=lambda a, b: a @ b.T, inputs=[a, b])
    assert {f.verdict for f in report.findings} == {"mismatch"}


@pytest.mark.parametrize(
    ("x", "kept"),
    [
        (np.array([0.2, 0.3, 0.5]), "shares of one"),
        (np.array([1.0, 0.0, 3.0]), "whole numbers"),
        (np.array([1, 2]), "integers"),
        (np.array([np.nan, 0.5]), "what is not finite"),
        (np.zeros((0, 3)), "nothing"),
        (np.array([[0.6, -0.8], [0.8, 0.6]]), "orthonormal columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numbers_that_mean_something_stay(x: Array, kept: str) -> None:
    for _, (made,) in exact_inputs([x], 0):
        assert np.array_equal(made, x, equal_nan=True), kept


def test_small_numbers_keep_sign_order_and_symmetry() -> None:
    line, symmetric, positive = np.sort(X[0]), X[:5] + X[:5].T, np.abs(X) + 0.1
    made = dict(exact_inputs([line, symmetric, positive, symmetric.copy()], 0))
    assert list(made) == list(KINDS)
    for name, (a, b, c, d) in made.items():
        assert np.all(np.diff(a) >= 0), name
        assert np.array_equal(b, b.T), name
        assert np.array_equal(b, d), name
        assert np.all(c > 0), name
    assert np.all(made["integers without zeros"][1] != 0)
    tables = np.concatenate([X, X], 1)
    for name, (table, constant) in exact_inputs([tables, np.full((6, 5), 0.3)], 0):
        assert np.array_equal(table[:, :5], table[:, 5:]), name
        assert np.ptp(constant) > 0 or name == "dyadic rationals", name
    for _, (triangle,) in exact_inputs([np.triu(X[:5])], 0):
        assert np.array_equal(triangle, np.triu(triangle))
    assert set(np.unique(made["-1, 0 and 1"][1])) <= {-1.0, 0.0, 1.0}
