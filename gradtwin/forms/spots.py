"""Where an object keeps its arrays: found by their names, or by what they hold, and told by how Python reaches them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gradtwin.core.bound import CAPTURE_DEPTH, CAPTURE_WIDTH
from gradtwin.core.errors import UsageError
from gradtwin.forms.gradient_names import input_of_key
from gradtwin.forms.learned import attributes_of

__all__ = ["Spot", "gradient_spots", "parameter_spots", "spot_at", "spots_in"]

WHOLE = ("data", "value", "values")
"""The attributes in which a parameter object has its array."""
GRADIENT = ("grad", "gradient", "g")
"""The attributes in which a parameter object has its gradient."""
Step = tuple[str, Any]
"""``("attribute", name)`` or ``("item", key)``."""


@dataclass(frozen=True)
class Spot:
    """A place in an object, by the steps that lead there."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        words = "".join(f".{key}" if kind == "attribute" else f"[{key!r}]" for kind, key in self.steps)
        return words.removeprefix(".")

    @property
    def name(self) -> str:
        """What it is called where it is: that of the parameter object, where it is the array of one."""
        own = self.steps[:-1] if self.is_whole else self.steps
        return str(own[-1][1])

    @property
    def is_whole(self) -> bool:
        """Whether it is the array of a parameter object."""
        return len(self.steps) > 1 and self.steps[-1] in [("attribute", name) for name in WHOLE]

    @property
    def is_among_gradients(self) -> bool:
        """Whether it is in a dict, a list or an object that is called after gradients."""
        return any("grad" in str(key).lower() for _, key in self.steps[:-1])

    def get(self, owner: Any) -> Any:
        """Return what an object has there; None where there is nothing."""
        for kind, key in self.steps:
            try:
                owner = getattr(owner, key) if kind == "attribute" else owner[key]
            except (AttributeError, KeyError, IndexError):
                return None
        return owner

    def put(self, owner: Any, x: Any) -> None:
        """Put a value there."""
        holder = Spot(self.steps[:-1]).get(owner)
        kind, key = self.steps[-1]
        if kind == "attribute":
            setattr(holder, key, x)
        else:
            holder[key] = x


def spot_at(path: str) -> Spot:
    """Return the place that is written so: ``W``, ``params['W']``, ``layers[0].W``, ``weight.data``.

    Raises
    ------
    UsageError
        If it is written otherwise.
    """
    parts = re.findall(r"\.?([A-Za-z_]\w*)|\[(-?\d+)\]|\[['\"]([^'\"]+)['\"]\]", path)
    steps = tuple(
        ("attribute", name) if name else ("item", int(number) if number else key) for name, number, key in parts
    )
    if not steps or str(Spot(steps)).replace('"', "'") != path.replace('"', "'"):
        raise UsageError(f"Expected a place in an object, such as W, params['W'] or layers[0].W; got {path!r}.")
    return Spot(steps)


def spots_in(owner: Any) -> Iterator[tuple[Spot, Any]]:
    """Yield the places of the arrays in an object, and of None where an array may come, with what is there."""
    yield from _spots(owner, (), {id(owner)}, CAPTURE_DEPTH)


def _spots(x: Any, steps: tuple[Step, ...], above: set[int], depth: int) -> Iterator[tuple[Spot, Any]]:
    if isinstance(x, np.ndarray) or x is None:
        yield Spot(steps), x
        return
    for step, part in _inside(x):
        if depth and id(part) not in above:
            inner = above if isinstance(part, np.ndarray) or part is None else above | {id(part)}
            yield from _spots(part, (*steps, step), inner, depth - 1)


def _inside(x: Any) -> list[tuple[Step, Any]]:
    if isinstance(x, dict):
        return [(("item", key), part) for key, part in list(x.items())[:CAPTURE_WIDTH]]
    if isinstance(x, (list, tuple)):
        return [(("item", i), part) for i, part in enumerate(x[:CAPTURE_WIDTH])]
    if isinstance(x, (type, ModuleType)) or inspect.isroutine(x):
        return []
    return [(("attribute", name), part) for name, part in attributes_of(x).items()]


def parameter_spots(owner: Any, name: str, value: Any) -> list[Spot]:
    """Return where an object has a parameter: the places of its name, else that of the very array, or of its numbers.

    Raises
    ------
    UsageError
        If several places may be meant, or none.
    """
    whose = type(owner).__name__
    arrays = [
        (spot, x)
        for spot, x in spots_in(owner)
        if isinstance(x, np.ndarray) and x.shape == np.shape(value) and not spot.is_among_gradients
    ]
    # By its place first: a copy that the object keeps of a parameter has the same numbers, and mostly the same name.
    candidates = (
        [(spot, x) for spot, x in arrays if str(spot) == name]
        or [(spot, x) for spot, x in arrays if _bare(spot.name) == _bare(_last(name))]
        or [(spot, x) for spot, x in arrays if x is value]
        or [(spot, x) for spot, x in arrays if np.array_equal(x, value)]
    )
    if not candidates:
        raise UsageError(
            f"Expected {whose} to have the input {name!r} in an attribute, a dict or a list, by that name or with its "
            f"numbers; found none of shape {np.shape(value)}. Write gradtwin.layer({whose.lower()}, "
            f"params=({name!r},), grads=('d{name}',)) with the places."
        )
    if any(x is not candidates[0][1] for _, x in candidates):
        places = ", ".join(str(spot) for spot, _ in candidates)
        raise UsageError(
            f"Expected {whose} to have one array for the input {name!r}; got several: {places}. Write "
            f"gradtwin.layer({whose.lower()}, params=({str(candidates[0][0])!r},), grads=(...)) with the places."
        )
    return [spot for spot, _ in candidates]


def gradient_spots(owner: Any, parameters: Sequence[Spot]) -> list[Spot]:
    """Return the places that the names say are those of the gradient of a parameter, which has places itself."""
    return [spot for spot, _ in spots_in(owner) if any(_is_gradient_of(spot, p) for p in parameters)]


def _is_gradient_of(spot: Spot, parameter: Spot) -> bool:
    own, its = spot.steps, parameter.steps
    if parameter.is_whole:  # W.data has its gradient in W.grad, or beside W
        if own[:-1] == its[:-1]:
            return own[-1] in [("attribute", name) for name in GRADIENT]
        its = its[:-1]
    if own[:-1] == its[:-1]:
        return own != its and _says(own[-1][1], its[-1][1])
    if len(own) < 2:
        return False
    # In a dict or a list of gradients, which stands beside the parameter, or beside the one that the parameter is in.
    holder = str(own[-2][1]).lower()
    holds_gradients = "grad" in holder or (len(its) > 1 and holder == f"d{its[-2][1]}".lower())
    beside = own[:-2] in (its[:-1], its[:-2])
    return holds_gradients and beside and (own[-1][1] == its[-1][1] or _says(own[-1][1], its[-1][1]))


def _says(key: Any, name: Any) -> bool:
    """Return whether a key says that it is the gradient of a name."""
    if not isinstance(key, str) or not isinstance(name, str) or key == name:
        return False
    return input_of_key(_bare(key), [_bare(name)]) is not None and _bare(key) != _bare(name)


def _bare(name: str) -> str:
    """Return a name without the underscore that hides it."""
    return name.lstrip("_")


def _last(name: str) -> str:
    """Return the last part of the name of an array in an input: w of ``params['w']``."""
    return re.findall(r"\w+", name)[-1] if name else name
