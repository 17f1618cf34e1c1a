"""Other inputs, between whose calls a suspect is repeated, and what it shares with its twin and its caller."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import FEWEST_CALLS, history_calls
from gradtwin.core.call import Code, enter
from gradtwin.core.captured import Place, captured
from gradtwin.core.errors import UsageError
from gradtwin.ops.inputs import Inputs

if TYPE_CHECKING:
    from gradtwin.ops.twin import Twin

__all__ = ["other_inputs", "returning_written", "shared_places"]

Array = NDArray[Any]
SHORTEST = 2
"""The length up to which an axis stays as it is: two may be a pair of something."""


def other_inputs(inputs: Inputs, twin: Twin, dtype: str) -> list[Inputs]:
    """Return inputs of the same shape and, where the twin accepts it, of another: its longer axes one shorter.

    Numbers are half of what they were, in reverse, so that they stay where such numbers may lie.
    """
    same = _changed(inputs, _halved)
    arrays = [x for x in (*same.arrays, *same.options.values()) if isinstance(x, np.ndarray)]
    lengths = {n for x in arrays for n in x.shape if n > SHORTEST}
    # Lengths that are multiples of each other, as in an LSTM, no longer belong together when each is shorter by one,
    # and some kernels of torch die of that. Of large inputs there are too few calls for two others.
    is_large = history_calls(sum(x.size for x in arrays)) == FEWEST_CALLS
    if not lengths or is_large or any(m % n == 0 for m in lengths for n in lengths - {m}):
        return [same]
    shorter = _changed(same, _shortened)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            twin.with_options(shorter.options).start(shorter.arrays, shorter.wanted, dtype)
    except UsageError:
        return [same]
    return [same, shorter]


def shared_places(twin: Code | None, functions: Sequence[Any]) -> tuple[Place, ...]:
    """Return where a twin finds arrays and modules, and where the suspect's functions, or its options, find modules."""
    import torch

    places = {id(place.value): place for place in captured(twin)}
    for place in captured(list(functions)):
        if isinstance(place.value, torch.nn.Module):
            places.setdefault(id(place.value), place)
    return tuple(places.values())


def returning_written(function: Code, places: Sequence[int]) -> Code:
    """Return a function that answers with the arguments at these places, where `function` returns None."""

    def call(*arguments: Any, **options: Any) -> Any:
        value = enter(function, *arguments, **options)
        if value is not None or not places:
            return value
        return arguments[places[0]] if len(places) == 1 else tuple(arguments[i] for i in places)

    return call


def _changed(inputs: Inputs, change: Callable[[Array], Array]) -> Inputs:
    arrays = tuple(change(x) if isinstance(x, np.ndarray) else x for x in inputs.arrays)
    options = {n: change(x) if isinstance(x, np.ndarray) else x for n, x in inputs.options.items()}
    return replace(inputs, arrays=arrays, options=options)


def _halved(x: Array) -> Array:
    # Half of a label, an index or a count is another one, or none.
    turned = x[::-1] if x.ndim else x
    return np.asarray(turned / 2, x.dtype) if x.dtype.kind == "f" else turned.copy()


def _shortened(x: Array) -> Array:
    """Return an array with its longer axes one shorter, and the largest whole numbers, which may count their places."""
    part = x[tuple(slice(0, n - 1 if n > SHORTEST else n) for n in x.shape)]
    if x.dtype.kind in "iu" and x.size:
        return np.asarray(np.minimum(part, max(x.max() - 1, x.min())), x.dtype)
    return part.copy()
