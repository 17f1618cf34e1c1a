"""Cotangents that nobody thought of: of other scales, of one element alone, in another layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.hunt.ground import NOTHING, Cotangents, Ground, Variation
from gradtwin.hunt.layouts import LAYOUTS

__all__ = ["cotangents"]

Array = NDArray[Any]


def _of_one(x: Array) -> Array:
    out = np.zeros_like(x)
    if x.size:
        out.flat[x.size // 2] = 1
    return out


def _each(change: Callable[[Array], Array]) -> Cotangents:
    return lambda cotangents: [change(c) for c in cotangents]


def _zero_rows(cotangents: list[Array]) -> list[Array]:
    """Return them with every second row zero, in turn the first and the second of two."""
    out = [c.copy() for c in cotangents]
    for i, c in enumerate(out):
        if c.ndim:
            c[i % 2 :: 2] = 0
    return out


def _only(place: int) -> Cotangents:
    return lambda cotangents: [
        c if i == place % len(cotangents) else np.zeros_like(c) for i, c in enumerate(cotangents)
    ]


def _mixed(x: Array) -> Array:
    return np.asarray(x * (10.0 ** (np.arange(x.size) % 7 - 3)).reshape(x.shape), x.dtype)


def _times(factor: float) -> Callable[[Array], Array]:
    def change(x: Array) -> Array:
        return np.asarray(x * factor, x.dtype)

    return change


CHANGES: dict[str, Cotangents] = {
    "1e4 times as large": _each(_times(1e4)),
    "every second row zero": _zero_rows,
    "of one element alone": _each(_of_one),
    "of the first output alone": _only(0),
    "of the last output alone": _only(-1),
    "scales from 1e-3 to 1e3": _each(_mixed),
    "1e-6 times as large": _each(_times(1e-6)),
}
"""What cotangents become."""
BEYOND = {8: 1e200, 4: 1e25}
"""By the bytes of a number, a cotangent that is one still, and whose square is none."""


def cotangents(ground: Ground) -> Iterator[Variation]:
    """Yield the inputs with other cotangents."""
    for words, change in CHANGES.items():
        yield ground.with_cotangents(f"cotangent {words}", change)
    for words, layout in LAYOUTS.items():
        yield ground.with_cotangents(f"cotangent in the layout: {words}", _laid(layout))
    itemsize = max((ground.arrays[i].dtype.itemsize for i in ground.real), default=0)
    if itemsize in BEYOND:
        factor = BEYOND[itemsize]
        yield ground.with_cotangents(f"cotangent {factor:.0e} times as large", _each(_times(factor)), claim=NOTHING)


def _laid(layout: Callable[[Array], Array]) -> Cotangents:
    return _each(lambda x: layout(x) if x.ndim else x)
