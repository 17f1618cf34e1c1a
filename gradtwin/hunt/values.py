"""Values that a random draw does not hold: zeros, ties, whole numbers, kinks, large and tiny ones, unlike scales."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.hunt.contract import contract, is_whole
from gradtwin.hunt.ground import ALL, NOTHING, Ground, Variation

__all__ = ["values"]

Array = NDArray[Any]
Make = Callable[[Array, np.random.Generator], Array]

LARGEST, SMALLEST = 1e4, 1e-8
"""The magnitudes between which code is expected to be right: beyond them a difference is a limit."""
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0)
"""Where functions are often pieced together."""


def _to(size: float) -> Make:
    """Return what scales an array so that its largest number has that size."""

    def make(x: Array, rng: np.random.Generator) -> Array:
        largest = float(np.max(np.abs(x), initial=0))
        return x * (size / largest) if largest else x

    return make


def _one_apart(x: Array, rng: np.random.Generator) -> Array:
    out = x.copy()
    out.flat[rng.integers(x.size)] *= 1000
    return out


def _zero_rows(x: Array, rng: np.random.Generator) -> Array:
    out = x.copy()
    out[::2] = 0
    return out


CHANGES: dict[str, Make] = {
    "whole numbers from -1 to 1": lambda x, rng: rng.integers(-1, 2, x.shape).astype(float),
    "halves": lambda x, rng: rng.integers(-8, 9, x.shape) / 2,
    "zeros": lambda x, rng: np.zeros(x.shape),
    "all elements equal": lambda x, rng: np.full(x.shape, x.flat[0]),
    "up to 40": _to(40.0),
    "every second row zero": lambda x, rng: _zero_rows(x, rng) if x.ndim else x,
    "close together, around 1000": lambda x, rng: 1e3 + x,
    "up to 1e-6": _to(1e-6),
    "scales from 1e-4 to 1e3": lambda x, rng: x * 10.0 ** rng.integers(-4, 4, x.shape),
    "ones": lambda x, rng: np.ones(x.shape),
    "up to 750": _to(750.0),
    "positive": lambda x, rng: np.abs(x),
    "negative": lambda x, rng: -np.abs(x),
    "zeros and ones": lambda x, rng: rng.integers(0, 2, x.shape).astype(float),
    "one element 1000 times as large": _one_apart,
    "up to 1e4": _to(LARGEST),
    "negative zeros": lambda x, rng: np.full(x.shape, -0.0),
    "up to 1e-8": _to(SMALLEST),
}
"""What all floating inputs become at once, the common mistakes first."""


def values(ground: Ground) -> Iterator[Variation]:
    """Yield the inputs with other values."""
    if ground.is_checked:
        yield from _of_labels(ground)
    rng, promises = ground.rng, {i: contract(ground.arrays[i]) for i in ground.real}
    # Whole numbers may be labels, which other numbers are not.
    free = [i for i in ground.real if not (is_whole(ground.arrays[i]) and ground.arrays[i].size > 1)]

    def varied(words: str, make: Make, places: Sequence[int] = tuple(free), *, claim: str = ALL) -> Variation:
        arrays = {i: _kept(promises[i](make(ground.arrays[i], rng)), ground.arrays[i]) for i in places}
        names = ", ".join(ground.names[i] for i in places)
        return ground.varied("values", f"{names}: {words}", arrays, claim=claim)

    if not free:
        return
    for words, make in list(CHANGES.items())[:2]:
        yield varied(words, make)
    for make in _special(ground, max(ground.arrays[i].size for i in free)):
        yield replace(varied("points where functions are pieced together", make), is_exact=True)
    for words, make in list(CHANGES.items())[2:]:
        yield varied(words, make)
    if len(free) > 1:
        for i in free:
            yield varied("zeros", CHANGES["zeros"], [i])
        first = ground.arrays[free[0]]
        alike = [i for i in free[1:] if ground.arrays[i].shape == first.shape]
        if alike:
            yield varied(f"the same as {ground.names[free[0]]}", lambda x, rng: first.copy(), alike)
    for size in _beyond(ground.arrays[free[0]].dtype):
        yield varied(f"up to {size:.0e}", _to(size), claim=NOTHING)


def _beyond(dtype: Any) -> tuple[float, ...]:
    """Return sizes between those that code is expected to take and those whose squares are no numbers."""
    exponent = {8: 160, 4: 25}.get(np.dtype(dtype).itemsize, 0)
    return (10.0**exponent, 10.0**-exponent) if exponent else ()


def _special(ground: Ground, size: int) -> list[Make]:
    """Return what fills arrays with points where functions are pieced together, so many at once as there is room for.

    They are those of many functions, and the numbers among the options.
    """
    options = [x for x in (*ground.options.values(), *ground.defaults.values()) if type(x) in (int, float)]
    own = [s * x for x in options if np.isfinite(x) and abs(x) < LARGEST for s in (1.0, -1.0)]
    points = list(dict.fromkeys((*own, *SPECIAL)))
    return [functools.partial(_filled, points[start : start + size]) for start in range(0, len(points), size)]


def _filled(points: Sequence[float], x: Array, rng: np.random.Generator) -> Array:
    return rng.permutation(np.resize(np.array(points), x.size)).reshape(x.shape)


def _kept(new: Array, old: Array) -> Array:
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(new).astype(old.dtype)


def _of_labels(ground: Ground) -> Iterator[Variation]:
    """Yield other contents of masks and indices, each alone: all alike, at both ends, one apart."""
    for i in ground.placed:
        x, name = ground.arrays[i], ground.names[i]
        if x.size and (x.dtype.kind == "b" or (x.dtype.kind in "iu" and not np.any((x != 0) & (x != 1)))):
            one, half = np.zeros_like(x), np.zeros_like(x)
            one.flat[0] = half.flat[::2] = 1
            masks = {"half": half, "nothing": np.zeros_like(x), "everything": np.ones_like(x), "one element": one}
            for words, mask in masks.items():
                yield ground.varied("values", f"mask {name} keeps {words}", {i: mask})
        if x.dtype.kind in "iu" and x.size > 1:
            yield ground.varied("values", f"{name}: one index repeated", {i: np.full_like(x, x.flat[0])})
            ends = np.where(np.arange(x.size).reshape(x.shape) % 2, x.max(), x.min()).astype(x.dtype)
            yield ground.varied("values", f"{name}: both ends, repeated", {i: ends})
            yield ground.varied("values", f"{name}: in reverse", {i: x[::-1].copy()})
