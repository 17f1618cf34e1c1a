"""Penalties that take in the weight of the intercept, the first or the last, where the twin leaves it out, or the other
way round."""

from __future__ import annotations

from typing import Any

from gradtwin.core.altered import PRODUCTS, Alteration, Instead, TorchCall

__all__ = ["intercept_penalized", "intercept_spared"]

BUT_ONE = {0: slice(1, None), -1: slice(None, -1)}
"""What is left of weights without that of the intercept."""


def intercept_penalized(call: TorchCall) -> Instead | None:
    """Return the penalty of all weights: a diagonal that keeps its corner, or the squares of what the slice is of."""
    if call.name == "setitem":
        return (lambda: None) if _is_corner(call) else None
    whole, other = _whole(call, call.first), _whole(call, call.second)
    if whole is not None and other is whole and call.name in PRODUCTS:
        return lambda: call.again(whole, whole)
    return (lambda: _squared(call, whole)) if whole is not None and call.is_square else None


def _whole(call: TorchCall, x: Any) -> Any:
    """Return the vector of which `x` is all but the weight of the intercept; None where it is something else."""
    made = call.past.maker(x)
    if made is None or made.name != "getitem" or not isinstance(made.second, slice):
        return None
    return made.first if made.first.ndim == 1 and made.second in BUT_ONE.values() else None


def intercept_spared(at: int) -> Alteration:
    """Return the alteration to a penalty without the weight at one end."""

    def alteration(call: TorchCall) -> Instead | None:
        if call.name == "eye":
            return lambda: _without_corner(call.again(), at)
        # What no call has made is an argument: of all vectors that are squared, the weights are one.
        plain = call.is_square and call.first.ndim == 1 and call.past.maker(call.first) is None
        return (lambda: _squared(call, call.first[BUT_ONE[at]])) if plain else None

    return alteration


def _is_corner(call: TorchCall) -> bool:
    """Return whether a call sets a corner of a square matrix to zero."""
    x, place, value = call.arguments
    if not isinstance(place, tuple) or not all(isinstance(n, int) for n in (*place, value)):
        return False
    ends = {0, -1, x.shape[-1] - 1}
    square = x.ndim == len(place) == 2 and x.shape[0] == x.shape[1]
    return bool(square and place[0] == place[1] in ends and value == 0)


def _squared(call: TorchCall, x: Any) -> Any:
    """Make the call that squares, of something else."""
    return call.again(x, x) if call.second is call.first else call.again(x)


def _without_corner(x: Any, at: int) -> Any:
    x[at, at] = 0
    return x
