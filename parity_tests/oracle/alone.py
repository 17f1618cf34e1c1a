"""NumPy code as people write it, with a backward by hand and no twin: right, and wrong in a named way.

Every backward keeps the type of what it is given, so that it is right in single precision, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[Any]
rng = np.random.default_rng(8)
LINE = rng.standard_normal(6)
ROWS = rng.standard_normal((4, 3))
WEIGHT = rng.standard_normal((3, 2))
POSITIVE = 0.5 + rng.random(5)
MASK = np.array([1, 0, 1, 1, 0, 1])


class Suspect(NamedTuple):
    """A forward, its backward, wrong ones by what is wrong with them, and the inputs."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    wrong: Mapping[str, Callable[..., Any]]
    inputs: tuple[Array, ...]


def _back(force: Array) -> Array:
    total = np.zeros(len(force) + 1, force.dtype)
    total[1:] += force
    total[:-1] -= force
    return total


def springs(x: Array) -> Any:
    d = np.diff(x)
    return (d**4 / 4 + d**2 / 2).sum()


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def softmax_backward(grad: Array, x: Array) -> Array:
    p = softmax(x)
    return np.asarray(p * (grad - (grad * p).sum(-1, keepdims=True)))


def affine(x: Array, w: Array) -> Array:
    return np.asarray(np.einsum("ij,jk->ik", x, w))


def affine_backward(grad: Array, x: Array, w: Array) -> tuple[Array, Array]:
    return grad @ w.T, x.T @ grad


def in_slices(x: Array) -> Array:
    out = np.zeros(len(x) + 1)
    out[1:] += x * x
    out[:-1] -= x
    return out


def in_slices_backward(grad: Array, x: Array) -> Array:
    return np.asarray(2 * grad[1:] * x - grad[:-1])


def steps(x: Array) -> Array:
    y = x
    for _ in range(3):
        y = np.sin(y) + x
    return y


def steps_backward(grad: Array, x: Array) -> Array:
    y, slope = x, np.ones_like(x)
    for _ in range(3):
        slope = np.cos(y) * slope + 1
        y = np.sin(y) + x
    return np.asarray(grad * slope)


def steps_backward_short(grad: Array, x: Array) -> Array:
    y, slope = x, np.ones_like(x)
    for _ in range(3):
        slope = np.cos(y) * slope
        y = np.sin(y) + x
    return np.asarray(grad * slope)


def leaky(x: Array) -> Array:
    return np.where(x > 0, x, 0.25 * x)


def normalized(x: Array) -> Array:
    return np.asarray(x / np.linalg.norm(x))


def normalized_backward(grad: Array, x: Array) -> Array:
    n = np.linalg.norm(x)
    y = x / n
    return np.asarray((grad - y * (grad @ y)) / n)


class Scaled:
    """A layer with its weight in itself."""

    def __init__(self) -> None:
        self.weight = np.array([0.5, -1.5, 2.5], np.float32)

    def forward(self, x: Array) -> Array:
        return np.asarray(np.tanh(x * self.weight))

    def backward(self, grad: Array, x: Array) -> Array:
        return np.asarray(grad * (1 - np.tanh(x * self.weight) ** 2) * self.weight)

    def backward_without_weight(self, grad: Array, x: Array) -> Array:
        return np.asarray(grad * (1 - np.tanh(x * self.weight) ** 2))


SCALED = Scaled()


def mean_square(x: Array) -> float:
    return float(np.mean(x * x))


def two(x: Array) -> tuple[Array, Array]:
    return np.sin(x), np.cumsum(x)


def two_backward(grads: tuple[Array, Array], x: Array) -> Array:
    return np.asarray(grads[0] * np.cos(x) + np.cumsum(grads[1][::-1])[::-1])


def two_backward_unturned(grads: tuple[Array, Array], x: Array) -> Array:
    return np.asarray(grads[0] * np.cos(x) + np.cumsum(grads[1]))


def two_backward_of_one(grads: tuple[Array, Array], x: Array) -> Array:
    return np.asarray(grads[0] * np.cos(x))


def masked(x: Array, mask: Array) -> Any:
    return (x * x * x * mask).sum()


def largest(x: Array) -> Array:
    return np.asarray(x.max(axis=1))


def largest_backward(grad: Array, x: Array) -> Array:
    out = np.zeros_like(x)
    out[np.arange(len(x)), x.argmax(axis=1)] = grad
    return out


def largest_backward_of_columns(grad: Array, x: Array) -> Array:
    out = np.zeros_like(x)
    out[x.argmax(axis=0), np.arange(x.shape[1])] = grad[: x.shape[1]]
    return out


def variance(x: Array) -> Any:
    return np.var(x, axis=0)


def root(x: Array) -> Array:
    return np.asarray(np.sqrt(x) * np.log(x))


def bell(x: Array) -> Array:
    return np.asarray(np.sqrt(2 / math.pi) * np.exp(-x * x))


TRACED: dict[str, Suspect] = {
    "differences of neighbours": Suspect(
        springs,
        lambda grad, x: grad * _back(np.diff(x) ** 3 + np.diff(x)),
        {
            "one neighbour": lambda grad, x: -grad * np.append(np.diff(x) ** 3 + np.diff(x), x.dtype.type(0)),
            "without the linear term": lambda grad, x: grad * _back(np.diff(x) ** 3),
        },
        (LINE,),
    ),
    "a softmax": Suspect(
        softmax,
        softmax_backward,
        {
            "the diagonal": lambda grad, x: grad * softmax(x) * (1 - softmax(x)),
            "another axis": lambda grad, x: softmax(x) * (grad - (grad * softmax(x)).sum(0)),
        },
        (ROWS,),
    ),
    "a product by einsum": Suspect(
        affine,
        affine_backward,
        {
            "one gradient halved": lambda grad, x, w: (grad @ w.T, x.T @ grad / 2),
            "for the mean": lambda grad, x, w: (grad @ w.T / len(x), x.T @ grad / len(x)),
        },
        (ROWS, WEIGHT),
    ),
    "slices of zeros": Suspect(
        in_slices,
        in_slices_backward,
        {"the other sign": lambda grad, x: 2 * grad[1:] * x + grad[:-1]},
        (LINE,),
    ),
    "a loop": Suspect(steps, steps_backward, {"a term lost": steps_backward_short}, (LINE,)),
    "a choice": Suspect(
        leaky,
        lambda grad, x: grad * np.where(x > 0, x.dtype.type(1), x.dtype.type(0.25)),
        {"the slope of a relu": lambda grad, x: grad * (x > 0)},
        (ROWS,),
    ),
    "a norm": Suspect(
        normalized,
        normalized_backward,
        {"as if the norm were constant": lambda grad, x: grad / np.linalg.norm(x)},
        (LINE,),
    ),
    "a method": Suspect(
        SCALED.forward, SCALED.backward, {"without the weight": SCALED.backward_without_weight}, (ROWS,)
    ),
    "a Python float": Suspect(
        mean_square,
        lambda grad, x: 2 * grad * x / x.size,
        {"the sum": lambda grad, x: 2 * grad * x, "half of the square": lambda grad, x: grad * x / x.size},
        (ROWS,),
    ),
    "several outputs": Suspect(
        two,
        two_backward,
        {"not turned": two_backward_unturned, "of the first output alone": two_backward_of_one},
        (LINE,),
    ),
    "a mask of whole numbers": Suspect(
        masked,
        lambda grad, x, mask: 3 * grad * x * x * mask.astype(x.dtype),
        {"without the mask": lambda grad, x, mask: 3 * grad * x * x},
        (LINE, MASK),
    ),
    "the largest": Suspect(largest, largest_backward, {"of columns": largest_backward_of_columns}, (ROWS,)),
    "a variance": Suspect(
        variance,
        lambda grad, x: 2 * grad * (x - x.mean(0)) / len(x),
        {"of the sample": lambda grad, x: 2 * grad * (x - x.mean(0)) / (len(x) - 1)},
        (ROWS,),
    ),
    "roots and logarithms": Suspect(
        root,
        lambda grad, x: grad * (np.log(x) / 2 + 1) / np.sqrt(x),
        {"a factor": lambda grad, x: grad * (np.log(x) + 1) / np.sqrt(x)},
        (POSITIVE,),
    ),
    "a constant": Suspect(
        bell,
        lambda grad, x: grad * x.dtype.type(-2 * math.sqrt(2 / math.pi)) * x * np.exp(-x * x),
        {"shortened": lambda grad, x: grad * x.dtype.type(-2 * 0.79788) * x * np.exp(-x * x)},
        (LINE,),
    ),
}
"""Code that torch.compile traces."""


def gelu(x: Array) -> Array:
    return np.asarray(x * special.ndtr(x))


def gelu_backward(grad: Array, x: Array, constant: float = 1 / math.sqrt(2 * math.pi)) -> Array:
    return np.asarray(grad * (special.ndtr(x) + x * np.exp(-x * x / 2) * x.dtype.type(constant)))


def by_sign_of_sum(x: Array) -> Array:
    return np.asarray(x * x if x.sum() > 0 else np.exp(x))


def until_small(x: Array) -> Array:
    y = x
    while np.abs(y).max() > 1 / 2:
        y = y / 2
    return np.asarray(y * y)


def until_small_backward(grad: Array, x: Array) -> Array:
    share = x.dtype.type(1)
    while np.abs(x * share).max() > 1 / 2:
        share = share / 2
    return np.asarray(2 * grad * x * share * share)


def reduced(x: Array) -> Any:
    return np.add.reduce(x * x, axis=0)


def in_own_type(x: Array) -> Array:
    return np.asarray(x * x + np.asarray(1, x.dtype) / (1 + x * x))


def in_own_type_backward(grad: Array, x: Array) -> Array:
    return np.asarray(grad * (2 * x - 2 * x / (1 + x * x) ** 2))


def quiet(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def quiet_backward(grad: Array, x: Array) -> Array:
    return np.asarray(grad * quiet(x) * (1 - quiet(x)))


def by_math(x: Array) -> Array:
    return np.array([math.exp(v) for v in x], x.dtype)


class Counted:
    """A layer that keeps what it computes, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.cache: Array | None = None

    def forward(self, x: Array) -> Array:
        self.calls += 1
        self.cache = special.erf(x)
        return np.asarray(self.cache * x)

    def backward(self, grad: Array, x: Array) -> Array:
        slope = np.exp(-x * x) * x.dtype.type(2 / math.sqrt(math.pi))
        return np.asarray(grad * (slope * x + special.erf(x)))

    def backward_of_the_bell(self, grad: Array, x: Array) -> Array:
        return np.asarray(grad * (np.exp(-x * x) * x + special.erf(x)))


COUNTED = Counted()
UNTRACED: dict[str, Suspect] = {
    "a function of SciPy": Suspect(
        gelu,
        gelu_backward,
        {
            "a short constant": lambda grad, x: gelu_backward(grad, x, 0.39894),
            "without the density": lambda grad, x: grad * special.ndtr(x),
        },
        (ROWS,),
    ),
    "a branch by a number": Suspect(
        by_sign_of_sum,
        lambda grad, x: grad * (2 * x if x.sum() > 0 else np.exp(x)),
        {"the other branch": lambda grad, x: grad * (2 * x if x.sum() < 0 else np.exp(x))},
        (LINE,),
    ),
    "a loop by a number": Suspect(
        until_small,
        until_small_backward,
        {"as if it were run once": lambda grad, x: grad * x / 2},
        (ROWS,),
    ),
    "a method of a ufunc": Suspect(
        reduced,
        lambda grad, x: 2 * grad * x,
        {"a factor": lambda grad, x: grad * x},
        (ROWS,),
    ),
    "its own type": Suspect(
        in_own_type,
        in_own_type_backward,
        {"without a square": lambda grad, x: grad * (2 * x - 2 * x / (1 + x * x))},
        (ROWS,),
    ),
    "an error state": Suspect(
        quiet, quiet_backward, {"as if of the result": lambda grad, x: grad * x * (1 - x)}, (ROWS,)
    ),
    "numbers of Python": Suspect(
        by_math, lambda grad, x: grad * np.exp(x), {"the argument": lambda grad, x: grad * x}, (LINE,)
    ),
    "a cache in a layer": Suspect(
        COUNTED.forward, COUNTED.backward, {"without the constant": COUNTED.backward_of_the_bell}, (ROWS,)
    ),
}
"""Code that torch.compile does not trace."""
