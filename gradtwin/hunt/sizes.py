"""Sizes that nobody tried: axes that are equal belong together, but for those of one array."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.hunt.contract import contract, is_whole
from gradtwin.hunt.ground import ALL, Ground, Variation

__all__ = ["resized", "sizes"]

Array = NDArray[Any]

LENGTHS = (1, 3, 2, 17, 8, 130, 5, 1027)
"""Lengths that are tried besides those next to the length at hand: about the sizes of lanes, tiles and blocks."""
RANKS_AFTER = 2
"""After how many lengths other numbers of axes are tried."""
MOST = 2**14
"""Elements of an input that is made."""
JITTER = 0.01
"""How far repeated numbers are moved apart, in units of their own."""


def sizes(ground: Ground) -> Iterator[Variation]:
    """Yield the inputs at other sizes, then without elements and with other numbers of axes."""
    arrays = [ground.arrays[i] for i in ground.placed]
    if not arrays:
        return
    lengths = sorted({n for x in arrays for n in x.shape if n}, reverse=True)
    yield from _squares(ground)
    for step in range(len(LENGTHS) + 2):
        if step == RANKS_AFTER:
            yield from _ranks(ground)
        for length in lengths:
            to = (length + 1, max(length - 1, 1), *LENGTHS)[step]
            if to != length:
                yield from resized(ground, f"axes of {length} made {to}", length, to)
    for length in lengths:
        yield from resized(ground, f"axes of {length} made 0", length, 0, claim=ground.beyond)


def resized(ground: Ground, words: str, length: int, to: int, *, claim: str = ALL) -> Iterator[Variation]:
    """Yield the inputs with all axes of a length of another, where none of them becomes too large by it."""
    shapes = {i: [to if n == length else n for n in ground.arrays[i].shape] for i in ground.placed}
    if all(math.prod(shape) <= max(MOST, ground.arrays[i].size) for i, shape in shapes.items()):
        arrays = {i: _at(ground, i, _axes_of(ground.arrays[i], length), to) for i in ground.placed}
        yield ground.varied("sizes", f"{words}: {_shapes(ground, arrays)}", arrays, claim=claim)


def _squares(ground: Ground) -> Iterator[Variation]:
    """Yield one of two equal axes of an array longer, which may be equal by accident; those of others go with it."""
    for i in ground.placed:
        shape = ground.arrays[i].shape
        for axis, n in enumerate(shape):
            if shape.count(n) < 2 or n < 2:
                continue
            arrays = {j: _at(ground, j, _axes_of(ground.arrays[j], n), n + 1) for j in ground.placed if j != i}
            arrays[i] = _at(ground, i, [axis], n + 1)
            words = f"axis {axis} of {ground.names[i]} apart: {_shapes(ground, arrays)}"
            yield ground.varied("sizes", words, arrays)


def _ranks(ground: Ground) -> Iterator[Variation]:
    """Yield the inputs with an axis more, with one less, and with none: those of the shape of the first, or all.

    One of several that were alike is never alone: that would be broadcasting, which nobody claims.
    """
    shape = ground.arrays[ground.placed[0]].shape
    alike = [i for i in ground.placed if ground.arrays[i].shape == shape]
    for places in [alike, ground.placed] if len(alike) < len(ground.placed) else [alike]:
        arrays = {i: ground.arrays[i] for i in places}
        many = {i: np.stack([x, x[::-1] if x.ndim else x]) for i, x in arrays.items()}
        few = {i: np.asarray(x[0]) for i, x in arrays.items() if x.ndim and len(x)}
        none = {i: np.asarray(x.flat[0]) for i, x in arrays.items() if x.ndim > 1 and x.size}
        for words, changed in (("one axis more", many), ("one axis less", few), ("no axes", none)):
            if len(changed) == len(arrays):
                yield ground.varied("sizes", f"{words}: {_shapes(ground, changed)}", changed, claim=ground.beyond)


def _axes_of(x: Array, length: int) -> list[int]:
    return [axis for axis, n in enumerate(x.shape) if n == length]


def _at(ground: Ground, i: int, axes: Sequence[int], to: int) -> Array:
    """Return an input with these axes of that length: its own elements, over again where it is longer."""
    old: Array = ground.arrays[i]
    x = old
    for axis in axes:
        x = np.take(x, np.arange(to) % old.shape[axis], axis=axis)
    if x is old or not x.size:
        return x
    if x.dtype.kind in "iu" and old.min() >= 0 and old.max() >= to:  # places along an axis that is shorter now
        return np.asarray(np.minimum(x, to - 1))
    if ground.wanted[i] and not is_whole(old) and x.size > old.size:
        noise = JITTER * np.random.default_rng(ground.seed).standard_normal(x.shape)
        noise[tuple(slice(n) for n in old.shape)] = 0
        return np.asarray(contract(old)(x + noise * np.abs(x)), old.dtype)
    return np.asarray(contract(old)(x), old.dtype) if x.dtype.kind == "f" else x


def _shapes(ground: Ground, arrays: dict[int, Array]) -> str:
    return ", ".join(f"{ground.names[i]} {x.shape}" for i, x in arrays.items())
