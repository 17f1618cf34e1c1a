"""Calls that an algorithm refuses and torch takes, so that no row can hold them, by algorithm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from parity_tests.house.rows import Call
from scratch.approximation import bumps, towers
from scratch.graph import engine
from scratch.likelihoods import bernoulli, gaussian, linear_gaussian
from scratch.linear_models import (
    least_squares_2d,
    logistic_regression,
    multilabel_logistic_regression,
    newton_logistic_regression,
)
from scratch.losses import ctc_loss, l2_penalty, sigmoid_squared_error
from scratch.models import backpropagation
from scratch.optimizers import lbfgs, sparseadam
from scratch.schedulers import one_cycle_lr

__all__ = ["OURS_ALONE"]

X = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, -1.0], [0.5, 0.5], [1.5, 2.0]])
LINE = np.arange(5.0)
BOTH = np.array([0, 1, 0, 1, 1])


def _call(function: Callable[..., Any], *inputs: Any, **options: Any) -> Call:
    return Call(function, inputs, options)


def _sparse(grad: Any) -> Call:
    return _call(sparseadam.step, np.ones((3, 2)), grad, sparseadam.init(np.ones((3, 2))))


OURS_ALONE: dict[str, Sequence[Call]] = {
    "approximation.bumps": [_call(bumps.of, np.sin, 3)],
    "approximation.towers": [_call(towers.of, np.sum, 0)],
    "graph.engine": [_call(engine.forward, LINE, graph=())],
    "likelihoods.bernoulli": [_call(bernoulli.forward, np.zeros(2), np.full((3, 2), 0.5))],
    "likelihoods.gaussian": [_call(gaussian.forward, np.zeros(3), np.zeros((2, 3)), np.ones(()))],
    "likelihoods.linear_gaussian": [
        _call(linear_gaussian.fit, X[:3], LINE[:3]),
        _call(linear_gaussian.fit, LINE[:, np.newaxis], 3 * LINE + 1),
    ],
    "linear_models.least_squares_2d": [_call(least_squares_2d.fit, 1e200 * X, LINE)],
    "linear_models.logistic_regression": [
        _call(logistic_regression.fit, X, np.zeros(5, int)),
        _call(logistic_regression.fit, X, 2 * BOTH),
    ],
    "linear_models.multilabel_logistic_regression": [
        _call(multilabel_logistic_regression.fit, X, np.stack([BOTH, np.zeros(5, int)], axis=1)),
    ],
    "linear_models.newton_logistic_regression": [
        _call(newton_logistic_regression.fit, LINE[:, np.newaxis] - 2.5, (LINE > 2).astype(int), steps=1000),
    ],
    "losses.ctc_loss": [_call(ctc_loss.forward, np.full((4, 2), -1.0), np.array([5]), (4,), (1,))],
    "losses.l2_penalty": [_call(l2_penalty.forward, LINE, alpha=-1.0)],
    "losses.sigmoid_squared_error": [_call(sigmoid_squared_error.forward, LINE, LINE)],
    "models.backpropagation": [
        _call(backpropagation.fit, np.full((3, 2), np.nan), np.ones((3, 1)), np.arange(3), np.ones((1, 2))),
    ],
    "optimizers.lbfgs": [
        _call(
            lbfgs.step,
            [LINE],
            lambda params: (float(params[0] @ params[0]), [2 * params[0]]),
            lbfgs.init([LINE]),
            line_search_fn="armijo",
        ),
    ],
    "optimizers.sparseadam": [
        _sparse(np.ones((3, 2))),
        _sparse((np.array([0.5]), np.ones((1, 2)))),
        _sparse((np.array([3]), np.ones((1, 2)))),
        _sparse((np.array([0]), np.ones((1, 3)))),
    ],
    "schedulers.one_cycle_lr": [_call(one_cycle_lr.lr, 9, base_lr=0.1, max_lr=1.0, total_steps=9)],
}
