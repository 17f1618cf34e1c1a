"""Simpler inputs at which the same may go wrong: options left out, plain memory, shorter axes, rounder numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.hunt.contract import contract
from gradtwin.hunt.ground import Ground, Variation, unchanged
from gradtwin.hunt.sizes import resized

__all__ = ["simpler"]

Array = NDArray[Any]

ROUNDER: tuple[Callable[[Array], Array], ...] = (
    np.ones_like,
    np.round,
    lambda x: np.round(x, 1),
    lambda x: x * (np.arange(x.size).reshape(x.shape) == np.argmax(np.abs(x))),
    lambda x: np.round(x, 2),
)
"""What makes numbers shorter to write, the shortest first; zeros are the edges of too many functions."""
WRITTEN = 1000
"""Elements from which on an array is counted by them, and not by what it takes to write them."""


def simpler(variation: Variation, ground: Ground) -> Iterator[Variation]:
    """Yield variations that differ from inputs at hand in less, or that are shorter to write."""
    at_hand, here = ground.options, replace(ground, arrays=variation.arrays, options=variation.options)
    for name in variation.options:
        if name not in at_hand:
            yield replace(variation, options={n: x for n, x in variation.options.items() if n != name})
        elif at_hand[name] is not variation.options[name]:
            yield replace(variation, options={**variation.options, name: at_hand[name]})
    if variation.cotangents is not unchanged:
        yield replace(variation, cotangents=unchanged)
    laid = {i: np.array(x, order="C") for i in here.placed if not _is_plain(x := here.arrays[i])}
    if laid:
        yield _with(variation, laid)
    for length in sorted({n for i in here.placed for n in here.arrays[i].shape}, reverse=True):
        for to in dict.fromkeys((1, 2, 3, length // 2, length - 1)):
            if 0 < to < length:
                yield from (_with(variation, dict(enumerate(v.arrays))) for v in resized(here, "", length, to))
    for i in here.real:
        x, weight = here.arrays[i], _weight(here.arrays[i])
        keep = contract(ground.arrays[i] if ground.arrays[i].ndim == x.ndim else x)
        for rounder in ROUNDER:
            new = np.asarray(keep(rounder(x)), x.dtype)
            if _weight(new) < weight:
                yield _with(variation, {i: new})


def _with(variation: Variation, arrays: Mapping[int, Any]) -> Variation:
    return replace(variation, arrays=tuple(arrays.get(i, x) for i, x in enumerate(variation.arrays)))


def _is_plain(x: Array) -> bool:
    return bool(x.flags.c_contiguous and x.flags.writeable)


def _weight(x: Array) -> int:
    """Return about how much it takes to write an array."""
    return x.size * 8 if x.size > WRITTEN else len(repr(x.tolist()))
