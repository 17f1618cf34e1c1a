"""Training as the experiments need it: gradient descent of the library from a given start, whole data at each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docs.experiments._data import Array
from scratch.optimizers import sgd

Cost = Callable[[list[Array]], tuple[Any, list[Array]]]


def descend(
    value_and_grad: Cost, parameters: list[Array], steps: int, lr: float, momentum: float = 0.0
) -> tuple[list[Array], list[float]]:
    """Return the parameters after so many steps, and the cost before each."""
    states = [sgd.init(p, lr, momentum) for p in parameters]
    costs = []
    for _ in range(steps):
        cost, grads = value_and_grad(parameters)
        costs.append(float(cost))
        stepped = [sgd.step(p, g, s, lr, momentum) for p, g, s in zip(parameters, grads, states, strict=True)]
        parameters, states = [p for p, _ in stepped], [s for _, s in stepped]
    return parameters, costs
