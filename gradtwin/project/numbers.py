"""How numbers are put beside each other: what went in, and what came out of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.truth import Expectation, ratios

__all__ = ["described", "side_by_side", "worst_of_each"]

Array = NDArray[Any]
ELEMENTS = 6
WIDTH = 20


def described(name: str, value: Any) -> str:
    """Return a name and a value, of an array its type, its shape and some of its elements."""
    if not isinstance(value, np.ndarray):
        return f"{name}: {value!r}"
    elements = np.array2string(value, precision=6, threshold=4 * ELEMENTS, edgeitems=2, separator=", ")
    return f"{name}: {value.dtype} {value.shape}\n{elements}"


def side_by_side(quantity: str, got: Array, e: Expectation) -> str:
    """Return a table of the first elements of both sides and of the worst, and how close that comes to the bound."""
    r = ratios(got, e)
    indices = list(np.ndindex(r.shape))[:ELEMENTS]
    if r.size and _worst(r) not in indices:
        indices.append(_worst(r))
    width = max(WIDTH, len(quantity))
    lines = [_header(quantity, width), *(_line(_place(index), index, got, e, width) for index in indices)]
    if r.size > len(indices):
        lines.append(f"and {r.size - len(indices)} more")
    return "\n".join([*lines, _verdict(r)])


def worst_of_each(pairs: Mapping[str, tuple[Array, Expectation]]) -> str:
    """Return a table of several quantities by name, each with its worst element."""
    width = max((WIDTH, *(len(quantity) + 12 for quantity in pairs)))
    lines = [_header("worst element", width)]
    for quantity, (got, e) in pairs.items():
        r = ratios(got, e)
        if r.size:
            index = _worst(r)
            lines.append(f"{_line(quantity + _place(index), index, got, e, width)}  {_verdict(r)}")
    return "\n".join(lines)


def _worst(r: Array) -> tuple[int, ...]:
    flat = int(np.argmax(np.where(np.isnan(r), np.inf, r)))
    return tuple(int(i) for i in np.unravel_index(flat, r.shape))


def _place(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]"


def _header(title: str, width: int) -> str:
    return f"\n{title:{width}}  {'suspect':>24}  {'twin':>24}  {'difference':>10}  {'allowed':>10}"


def _line(label: str, index: tuple[int, ...], got: Array, e: Expectation, width: int) -> str:
    # 17 digits tell every number of float64 from its neighbours.
    ours, theirs, bound = float(got[index]), float(e.truth[index]), float(e.bound[index])
    return f"{label:{width}}  {ours:24.17g}  {theirs:24.17g}  {abs(ours - theirs):10.3g}  {bound:10.3g}"


def _verdict(r: Array) -> str:
    worst = float(r.max(initial=0.0))
    return f"worst difference / bound {worst:.3g}: {'inside' if worst <= 1 else 'outside'} the bound"
