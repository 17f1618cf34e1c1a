"""Laws of the update: what a mini-batch expects, the first steps of momentum, what dropout expects."""

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from scratch.layers import dropout
from scratch.models import mlp
from scratch.optimizers import sgd

Array = NDArray[Any]
SAMPLES = 8
RATE, ALPHA = 0.25, 0.5
START = np.array([1.0, -2.0, 0.5])
G1, G2, G3 = np.array([[1.0, 2, -3], [0.5, -1, 4], [-2, 0.25, 1]])


def _whole_numbers() -> tuple[list[Array], Array, Array]:
    """Return a small network of whole weights and data: its gradients of 1, 2, 4 or 8 samples are not rounded."""
    rng = np.random.default_rng(0)
    shapes = ((3, 2), (3,), (1, 3), (1,), (SAMPLES, 2), (SAMPLES, 1))
    *parameters, X, y = (rng.integers(-3, 4, shape).astype(float) for shape in shapes)
    return parameters, X, y


def _gradient(rows: tuple[int, ...]) -> Array:
    parameters, X, y = _whole_numbers()
    _, grads = mlp.value_and_grad(parameters, X[list(rows)], y[list(rows)])
    return np.concatenate([g.ravel() for g in grads])


def _unbiased(batches: list[tuple[int, ...]]) -> bool:
    """Say whether the gradients of these batches, each as probable as the other, have that of all samples as mean."""
    total = np.sum([_gradient(rows) for rows in batches], axis=0)
    return np.array_equal(total, len(batches) * _gradient(tuple(range(SAMPLES))))


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_l34_the_gradient_of_a_random_batch_is_unbiased(size: int) -> None:
    assert _unbiased(list(combinations(range(SAMPLES), size)))


def test_l34_the_gradient_of_a_batch_that_favours_a_sample_is_biased() -> None:
    every = list(combinations(range(SAMPLES), 2))
    assert not _unbiased([rows for rows in every if 0 in rows])
    assert not _unbiased([(0,), *((i,) for i in range(SAMPLES))])


def _steps(**options: Any) -> list[list[float]]:
    """Return the parameter after each of three steps of the momentum of scratch."""
    param, found = START, []
    state = sgd.init(param, RATE, ALPHA, **options)
    for g in (G1, G2, G3):
        param, state = sgd.step(param, g, state, RATE, ALPHA, **options)
        found.append(param.tolist())
    return found


def _steps_of_torch() -> list[list[float]]:
    param, found = torch.tensor(START, requires_grad=True), []
    optimizer = torch.optim.SGD([param], RATE, ALPHA)
    for g in (G1, G2, G3):
        param.grad = torch.tensor(g)
        optimizer.step()
        found.append(param.tolist())
    return found


def test_l35_the_first_three_updates_are_those_written_out() -> None:
    """v_1 = g_1, v_2 = alpha g_1 + g_2, v_3 = alpha^2 g_1 + alpha g_2 + g_3; dyadic numbers, so nothing is rounded."""
    first = START - RATE * G1
    second = first - RATE * (ALPHA * G1 + G2)
    third = second - RATE * (ALPHA**2 * G1 + ALPHA * G2 + G3)
    written = [x.tolist() for x in (first, second, third)]
    assert _steps() == _steps_of_torch() == written
    assert _steps(nesterov=True) != written
    assert _steps(dampening=0.5)[0] == written[0]
    assert _steps(dampening=0.5)[1:] != written[1:]


LAYER = np.array([3.0, -1.0, 0.5, 2.0])


def _moments(p: float, masks: list[Array]) -> tuple[Array, Array]:
    """Return mean and second moments of the layer after dropout over these masks, the kept ones of probability 1 - p.

    For p = 1/2 and 3/4 all numbers are dyadic, and nothing is rounded.
    """
    chances = [np.prod(np.where(m, 1 - p, p)) for m in masks]
    outputs = [dropout.forward(LAYER, p, mask=m) for m in masks]
    mean = sum(c * y for c, y in zip(chances, outputs, strict=True))
    return np.asarray(mean), np.asarray(sum(c * np.outer(y, y) for c, y in zip(chances, outputs, strict=True)))


@pytest.mark.parametrize("p", [0.5, 0.75])
def test_l39_dropout_keeps_the_mean_and_drops_each_unit_alone(p: float) -> None:
    mean, second = _moments(p, [np.array(m) for m in product([True, False], repeat=4)])
    assert np.array_equal(mean, LAYER)
    alone = np.outer(LAYER, LAYER) * np.where(np.eye(4, dtype=bool), 1 / (1 - p), 1)
    assert np.array_equal(second, alone)


def test_l39_dropping_all_units_together_keeps_the_mean_but_not_the_mean_products() -> None:
    masks = [np.full(4, kept) for kept in (True, False)]
    outputs = [dropout.forward(LAYER, 0.5, mask=m) for m in masks]
    assert np.array_equal(np.mean(outputs, axis=0), LAYER)
    assert not np.array_equal(np.mean([np.outer(y, y) for y in outputs], axis=0), np.outer(LAYER, LAYER))


def test_l39_nothing_is_dropped_outside_of_training() -> None:
    mask = np.zeros(4, dtype=bool)
    assert np.array_equal(dropout.forward(LAYER, 0.5, training=False, mask=mask), LAYER)
    assert not np.any(dropout.forward(LAYER, 0.5, mask=mask))
