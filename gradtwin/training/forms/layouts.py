"""How code takes several parameters: as a list, as a dict by name, or one at a time.

No name tells it, so each way is tried on parameters of the oracle's own. The first that is taken without an error is
the one, whatever comes out.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.call import aside
from gradtwin.training.places import is_number
from gradtwin.training.state import array_of
from gradtwin.training.suspect import StepFailedError

__all__ = ["ALONE", "LAYOUTS", "LISTS", "Layout", "groups_of", "layout_by", "shapes_of", "updated"]

Array = NDArray[Any]

ROUNDS = (((2, 3), (), (4,)), ((2, 3), (4,)), ((2, 3), (4, 3)))
"""Shapes on which the ways are tried: all ranks, without a rank of none, and of matrices alone."""


@dataclass(frozen=True)
class Layout:
    """A way to take several parameters.

    Parameters
    ----------
    words : str
        What the report says of it.
    alone : bool
        Whether it takes one parameter at a time.
    gather : callable
        ``gather(names, parts)`` makes one container of the parts.
    parts : callable
        ``parts(names, container)`` returns what a container holds, in order.
    of_tensors : bool
        Whether it takes tensors, else arrays.
    """

    words: str
    alone: bool
    gather: Callable[[Sequence[str], Sequence[Any]], Any]
    parts: Callable[[Sequence[str], Any], list[Any]]
    of_tensors: bool = False

    def pack(self, names: Sequence[str], arrays: Sequence[Any]) -> Any:
        """Return what is handed over of some arrays."""
        return self.gather(names, [_tensor(x) for x in arrays] if self.of_tensors else arrays)

    def unpack(self, names: Sequence[str], value: Any) -> list[Any]:
        """Return the arrays of what was handed over, as they are now."""
        parts = self.parts(names, value)
        return [array_of(x) for x in parts] if self.of_tensors else parts

    def read(self, names: Sequence[str], value: Any) -> list[Any] | None:
        """Return the arrays of what came back if it holds as many as were handed over; else None."""
        try:
            parts = self.parts(names, value)
        except (TypeError, KeyError):
            return None
        fits = len(parts) == len(names) and all(map(is_number, parts))
        return self.unpack(names, value) if fits else None


def _tensor(x: Any) -> Any:
    return None if x is None else torch.from_numpy(np.array(x))


def _by_name(names: Sequence[str], value: Any) -> list[Any]:
    return [value[name] for name in names] if len(value) == len(names) else []


def _in_order(names: Sequence[str], value: Any) -> list[Any]:
    return [] if isinstance(value, (str, Mapping)) else list(value)


LISTS = Layout("lists", False, lambda names, arrays: list(arrays), _in_order)
OF_ARRAYS = (
    LISTS,
    Layout("dicts", False, lambda names, arrays: dict(zip(names, arrays, strict=True)), _by_name),
    Layout("one parameter at a time", True, lambda names, arrays: arrays[0], lambda names, value: [value]),
)
OF_TENSORS = tuple(replace(way, words=f"{way.words}, of tensors", of_tensors=True) for way in OF_ARRAYS)
LAYOUTS = (*OF_ARRAYS, *OF_TENSORS)
"""The ways that are tried, in this order."""
ALONE = tuple(way for way in LAYOUTS if way.alone)
"""Those that take one parameter at a time."""


def groups_of(layout: Layout, names: Sequence[str], options: Mapping[str, Any]) -> list[list[str]]:
    """Return which parameters are stepped together: those whose own options are the same."""
    if layout.alone:
        return [[name] for name in names]
    groups: list[list[str]] = []
    for name in names:
        alike = [group for group in groups if options.get(group[0]) == options.get(name)]
        if alike:
            alike[0].append(name)
        else:
            groups.append([name])
    return groups


def shapes_of(arrays: Sequence[Any]) -> list[tuple[int, ...]]:
    """Return the shapes of some arrays."""
    return [np.shape(x) for x in arrays]


def updated(result: Any, layout: Layout, names: Sequence[str], before: Sequence[Any], after: Sequence[Any]) -> Any:
    """Return the parameters after a step: what it returned, or what it has written into.

    Parameters
    ----------
    result : object
        What the step returned.
    layout : Layout
        How it takes several parameters.
    names : sequence of str
        Their names.
    before, after : sequences of arrays
        What it could write into, before and after.
    """
    returned = None if result is None else layout.read(names, result)
    if returned is None or shapes_of(returned) == shapes_of(before):
        return after if returned is None else returned
    # What came back does not fit: in place of the parameters only where those have not changed themselves.
    unchanged = all(np.array_equal(x, p, equal_nan=True) for x, p in zip(after, before, strict=True))
    return returned if unchanged else after


def layout_by(
    step: Callable[[Layout, Sequence[str], list[Array], list[Array]], Any], ways: Sequence[Layout] = LAYOUTS
) -> Layout:
    """Return the first way in which ``step(layout, names, params, grads)`` raises nothing; if none does, the first."""
    for shapes in ROUNDS:
        rng = np.random.default_rng(len(shapes))
        names = [f"parameter {i}" for i in range(len(shapes))]
        params, grads = ([np.asarray(rng.standard_normal(s)) for s in shapes] for _ in range(2))
        for layout in ways:
            trial = functools.partial(_passes, step, layout, names, params, grads)
            with np.errstate(all="ignore"):
                if aside("a step on trial", trial, (), {}, ()).value:
                    return layout
    return ways[0]


def _passes(step: Any, layout: Layout, names: Sequence[str], params: list[Array], grads: list[Array]) -> bool:
    """Let parameters be stepped, those that go together, and return whether all keep their shapes."""
    for group in groups_of(layout, names, {}):
        places = [names.index(name) for name in group]
        own, along = ([arrays[i].copy() for i in places] for arrays in (params, grads))
        try:
            after = step(layout, group, own, along)
        except StepFailedError:  # a result of another form, which the run says
            return False
        if shapes_of(after) != shapes_of(own):
            return False
    return True
