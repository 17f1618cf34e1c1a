"""Input families: the named kinds of numbers, layouts and shapes that a case is tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.errors import UsageError, one_of

__all__ = ["EVERY", "FAMILIES", "Draw"]

Array = NDArray[Any]

FAMILIES = {
    "typical": "standard normal values, or uniform ones in a bounded domain",
    "tails": "half of the values far from zero, to where exp comes near overflow",
    "zeros": "a third of the values are +0 or -0",
    "kinks": "the kinks, and steps of 1/4 beside them; compared exactly",
    "huge": "a third of the values so large that their squares come near overflow",
    "tiny": "values down to the subnormal edge",
    "strided": "typical values in a transposed view with gaps",
    "read-only": "typical values in arrays that cannot be written",
    "zero-dimensional": "a batch without a dimension",
    "empty": "a batch of no elements",
}
"""Every family and what it holds."""

EVERY = tuple(f for f in FAMILIES if f != "kinks")
"""All families that every function of real numbers can be tried on; a row with kinks adds ``kinks``."""

# Decimal exponents by precision: where exp nears overflow (a value, not an exponent), squares do, normal numbers end.
TAIL = {"float64": 700.0, "float32": 80.0, "float16": 9.0}
HUGE = {"float64": 150.0, "float32": 18.0, "float16": 2.0}
TINY = {"float64": -310.0, "float32": -40.0, "float16": -7.0}


@dataclass(frozen=True)
class Draw:
    """Draws the inputs of one case: `batch` shapes them, calling draws numbers, `index` and `choice` draw labels.

    Parameters
    ----------
    rng : numpy.random.Generator
        Seeded from the case's name.
    family : str
        One of `FAMILIES`.
    dtype : str
        The precision under test; tails, huge and tiny depend on it.
    kinks : sequence of float
        Dyadic rationals at which the function has no derivative.
    size : float
        How many times longer the first dimension of a batch is than the row says; at least one element is left.
    """

    rng: np.random.Generator
    family: str
    dtype: str
    kinks: Sequence[float] = ()
    size: float = 1.0

    def __post_init__(self) -> None:
        one_of("family", self.family, FAMILIES)
        if self.family == "kinks" and not self.kinks:
            raise UsageError("Expected a row with the family 'kinks' to declare its kinks; got none.")

    def batch(self, *shape: int) -> tuple[int, ...]:
        """Return the batch dimensions as this family has them: of this size, none, or a first one of 0."""
        if self.family == "zero-dimensional":
            return ()
        if self.family == "empty":
            return (0, *shape[1:])
        return (*(max(round(n * self.size), min(n, 1)) for n in shape[:1]), *shape[1:])

    def __call__(self, shape: Sequence[int], low: float = -np.inf, high: float = np.inf) -> Array:
        """Draw an array of that shape, within [low, high] if both are finite."""
        values = self._values(tuple(shape), low, high)
        with np.errstate(over="ignore", under="ignore"):
            array = np.asarray(values, dtype=self.dtype)
        return self._laid_out(array)

    def index(self, shape: Sequence[int], high: int) -> Array:
        """Draw class indices in [0, high)."""
        return self._laid_out(np.asarray(self.rng.integers(0, high, tuple(shape))))

    def choice(self, values: Sequence[float], shape: Sequence[int]) -> Array:
        """Draw from these values: labels."""
        return self._laid_out(self.rng.choice(np.asarray(values, self.dtype), tuple(shape)))

    def _values(self, shape: tuple[int, ...], low: float, high: float) -> Array:
        if np.isfinite(low) and np.isfinite(high):
            inside = self.rng.uniform(low, high, shape)
            edges = self.rng.choice([low, high], shape)
            return np.where(self.rng.random(shape) < 1 / 3, edges, inside) if self.family == "zeros" else inside
        typical = self.rng.standard_normal(shape)
        sign, share = self.rng.choice([-1.0, 1.0], shape), self.rng.random(shape)
        if self.family == "tails":
            return np.where(share < 1 / 2, typical, sign * TAIL[self.dtype] ** self.rng.random(shape))
        if self.family == "zeros":
            return np.where(share < 2 / 3, typical, sign * 0.0)
        if self.family == "huge":
            return np.where(share < 2 / 3, typical, sign * 10.0 ** (HUGE[self.dtype] * self.rng.random(shape)))
        if self.family == "tiny":
            return np.asarray(sign * 10.0 ** (TINY[self.dtype] * self.rng.random(shape)))
        if self.family == "kinks":
            near = self.rng.choice([-0.25, 0.0, 0.0, 0.25], shape)
            return np.asarray(self.rng.choice(np.asarray(self.kinks), shape) + near)
        return np.asarray(typical)

    def _laid_out(self, array: Array) -> Array:
        if self.family == "read-only":
            array.flags.writeable = False
        if self.family == "strided" and array.ndim:
            gaps = np.zeros(tuple(2 * n for n in array.shape[::-1]), array.dtype)
            view = gaps[tuple(slice(None, None, 2) for _ in array.shape)].T
            view[...] = array
            return view
        return array
