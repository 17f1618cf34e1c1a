"""Kinds of inputs: what numbers an array of a kind holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Kind",
    "binary",
    "classes",
    "counts",
    "definite",
    "log_shares",
    "positive",
    "probabilities",
    "real",
    "shares",
    "signs",
]

Array = NDArray[Any]


@dataclass(frozen=True)
class Kind:
    """An array of a shape that holds numbers of one kind."""

    name: str
    shape: tuple[int, ...]
    numbers: Callable[[np.random.Generator, tuple[int, ...]], Any]

    def draw(self, rng: np.random.Generator) -> Array:
        """Return such an array."""
        return np.asarray(self.numbers(rng, self.shape))


def real(*shape: int) -> Kind:
    """Any numbers."""
    return Kind("real", shape, lambda rng, shape: rng.standard_normal(shape))


def positive(*shape: int) -> Kind:
    """Numbers above zero."""
    return Kind("positive", shape, lambda rng, shape: rng.uniform(0.2, 3, shape))


def probabilities(*shape: int) -> Kind:
    """Numbers between zero and one."""
    return Kind("probabilities", shape, lambda rng, shape: rng.uniform(0.05, 0.95, shape))


def shares(*shape: int) -> Kind:
    """Rows of probabilities that add up to one."""
    return Kind("shares", shape, lambda rng, shape: rng.dirichlet(np.ones(shape[-1]), shape[:-1]))


def log_shares(*shape: int) -> Kind:
    """Logarithms of rows of probabilities."""
    return Kind("log shares", shape, lambda rng, shape: np.log(rng.dirichlet(np.full(shape[-1], 3.0), shape[:-1])))


def binary(*shape: int) -> Kind:
    """Zeros and ones, as floating numbers."""
    return Kind("binary", shape, lambda rng, shape: rng.integers(0, 2, shape).astype(float))


def signs(*shape: int) -> Kind:
    """Ones and minus ones, as floating numbers."""
    return Kind("signs", shape, lambda rng, shape: rng.choice([-1.0, 1.0], shape))


def counts(*shape: int) -> Kind:
    """Small whole numbers, as floating ones."""
    return Kind("counts", shape, lambda rng, shape: rng.integers(0, 5, shape).astype(float))


def classes(*shape: int, of: int) -> Kind:
    """Indices of classes."""
    return Kind("classes", shape, lambda rng, shape: rng.integers(0, of, shape))


def definite(size: int) -> Kind:
    """A symmetric matrix whose eigenvalues are above zero and apart."""

    def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        basis = np.linalg.qr(rng.standard_normal(shape))[0]
        full = basis @ np.diag(1.0 + np.arange(size)) @ basis.T
        return np.asarray((full + full.T) / 2)

    return Kind("positive definite", (size, size), numbers)
