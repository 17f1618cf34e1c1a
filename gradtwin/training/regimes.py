"""Gradient regimes: the named kinds of gradients that an optimizer is tried on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import precision
from gradtwin.core.errors import UsageError, one_of
from gradtwin.training.arguments import drawn, require_callable

__all__ = ["DEFAULT_SHAPES", "EVERY_REGIME", "LATE", "REGIMES", "draw_run", "draw_to_pair", "gradients_of", "size_of"]

Array = NDArray[Any]
Gradients = Callable[[np.random.Generator, int, tuple[int, ...]], Any]

REGIMES = {
    "typical": "normal, with a scale of its own for each element between 1e-3 and 1e3",
    "tiny": "of size 1e-20, whose squares float32 cannot hold",
    "huge": "of size 1e20, or as large as the precision can square",
    "zeros": "exactly zero but for one step in four",
    "sparse": "nine elements in ten are zero, others at every step",
    "alternating": "of one size, with a sign that changes at every step",
    "constant": "the same at every step",
    "absent": "None at some steps, for some parameters from the first",
    "late": "typical, at a millionth step",
    "rows": "pairs of indices along the first axis and the rows of the gradient there",
}
"""Every regime and what it holds."""

EVERY_REGIME = tuple(r for r in REGIMES if r != "rows")
"""The regimes that every optimizer of dense gradients can be tried on."""

DEFAULT_SHAPES: dict[str, tuple[int, ...]] = {"weight": (3, 4), "bias": (5,), "scale": (), "kernel": (2, 3, 2)}
"""Shapes of the parameters that an optimizer is tried on: one of each rank from three to none."""

LATE = 10**6
"""The step that the regime ``late`` jumps to."""

SIZES = (1.0, 4.0, 0.5, 0.125, 2.0, 0.25, 1.0, 0.0625)
"""The sizes of the gradients on which the state of a suspect is paired with that of the twin, by step."""


def gradients_of(regime: str, dtype: str) -> Gradients:
    """Return ``gradients(rng, step, shape)`` of a regime.

    Raises
    ------
    UsageError
        If there is no such regime.
    """
    one_of("gradients", regime, tuple(REGIMES))
    size = size_of(regime, dtype)
    makers: dict[str, Gradients] = {
        "tiny": lambda rng, t, shape: size * rng.standard_normal(shape),
        "huge": lambda rng, t, shape: size * rng.uniform(-1, 1, shape),
        "zeros": lambda rng, t, shape: rng.standard_normal(shape) * (t % 4 == 2),
        "sparse": lambda rng, t, shape: rng.standard_normal(shape) * (rng.random(shape) < 0.1),
        "alternating": lambda rng, t, shape: (-1.0) ** t * _scaled(shape),
        "constant": lambda rng, t, shape: _scaled(shape),
        "absent": lambda rng, t, shape: None if (t + len(shape)) % 3 == 0 else rng.standard_normal(shape),
        "rows": _rows,
    }
    return makers.get(regime, lambda rng, t, shape: rng.standard_normal(shape) * _scales(shape))


def size_of(regime: str, dtype: str) -> float:
    """Return the size of the gradients of a regime at a precision."""
    largest: float = precision(dtype).largest
    return {"tiny": 1e-20, "huge": min(1e20, math.sqrt(largest) / 16)}.get(regime, 1.0)


def draw_run(
    rng: np.random.Generator,
    dtype: str,
    *,
    gradients: Gradients | str,
    steps: int,
    params: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    variant: str = "",
) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    """Return what an optimizer is tried on: parameters, and their gradients at each step; as for `check_optimizer`."""
    pairs = (2,) if variant == "complex" else ()  # of numbers along the last axis
    if not isinstance(gradients, str):
        require_callable("gradients", gradients)
    draw: Any = gradients_of(gradients, dtype) if isinstance(gradients, str) else gradients
    size = size_of("tiny", dtype) if gradients == "tiny" else 1.0  # an update of that size has to be seen
    fresh = {n: size * rng.standard_normal((*s, *pairs)) for n, s in (shapes or DEFAULT_SHAPES).items()}
    start = dict(params or fresh)
    if gradients == "rows" and any(np.ndim(x) == 0 for x in start.values()):
        raise UsageError("Expected parameters of at least one axis for gradients by rows; got one without any.")
    return start, [tuple(drawn("gradients", draw, rng, t, np.shape(p)) for p in start.values()) for t in range(steps)]


def draw_to_pair(rng: np.random.Generator, params: Mapping[str, Any], *, by_rows: bool) -> list[tuple[Any, ...]]:
    """Return gradients on which quantities of a state part: of other sizes from step to step, rising and falling."""
    draw = _rows if by_rows else lambda rng, t, shape: rng.standard_normal(shape)

    def scaled(gradient: Any, size: float) -> Any:
        return (gradient[0], size * gradient[1]) if by_rows else np.asarray(size * gradient)

    return [tuple(scaled(draw(rng, t, np.shape(p)), size) for p in params.values()) for t, size in enumerate(SIZES)]


def _scales(shape: tuple[int, ...]) -> Array:
    return np.asarray(10.0 ** np.random.default_rng(len(shape)).uniform(-3, 3, shape))


def _scaled(shape: tuple[int, ...]) -> Array:
    return np.asarray(_scales(shape) * np.random.default_rng(len(shape)).choice((-1.0, 1.0), shape))


def _rows(rng: np.random.Generator, t: int, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return a few rows, some of them twice; at every fifth step none."""
    indices = rng.integers(0, shape[0], 0 if t % 5 == 3 else shape[0])
    return indices, rng.standard_normal((len(indices), *shape[1:]))
