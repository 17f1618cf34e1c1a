"""Arrays that lie in memory otherwise: in Fortran order, with gaps, in reverse, all rows the same memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.hunt.ground import Ground, Variation

__all__ = ["LAYOUTS", "layouts"]

Array = NDArray[Any]


def _with_gaps(x: Array) -> Array:
    out = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)[..., ::2]
    out[...] = x
    return out


def _reversed(x: Array) -> Array:
    turned = tuple(slice(None, None, -1) for _ in x.shape)
    return x[turned].copy()[turned]


def _read_only(x: Array) -> Array:
    out = x.copy()
    out.flags.writeable = False
    return out


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "Fortran order": np.asfortranarray,
    "strides with gaps": _with_gaps,
    "negative strides": _reversed,
}
"""The same numbers elsewhere in memory."""


def layouts(ground: Ground) -> Iterator[Variation]:
    """Yield the inputs in other layouts, all arrays at once and then all rows of each the same memory."""
    arrays = {i: ground.arrays[i] for i in ground.placed if ground.arrays[i].ndim}
    for words, change in LAYOUTS.items():
        laid = {i: change(x) for i, x in arrays.items() if words != "Fortran order" or x.ndim > 1}
        if laid:
            yield ground.varied("layouts", f"{_names(ground, laid)} in the layout: {words}", laid)
    spread = {i: np.broadcast_to(x[:1], x.shape) for i, x in arrays.items() if ground.wanted[i] and len(x) > 1}
    if spread:
        yield ground.varied("layouts", f"{_names(ground, spread)} broadcast: all rows the same memory", spread)
    yield ground.varied("layouts", "read-only arrays", {i: _read_only(x) for i, x in arrays.items()})


def _names(ground: Ground, arrays: dict[int, Array]) -> str:
    return ", ".join(ground.names[i] for i in arrays)
