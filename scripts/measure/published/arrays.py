"""An entry of code of NumPy: a function with its backward, or a layer object."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import gradtwin
from scripts.measure.published.entry import Make, Published, as_it_is, loaded
from scripts.measure.published.mistakes import AT_ELEMENTS, Mistake, mapped

__all__ = ["Written"]

Draw = Callable[[np.random.Generator], Sequence[Any] | Mapping[str, Any]]


@dataclass(frozen=True)
class Written(Published):
    """An object of a package beside its twin.

    Parameters
    ----------
    package, place, sizes, arguments
        As of `Published`.
    twin : callable
        The same in PyTorch.
    inputs : callable
        Draws the inputs, those of a layer object by name.
    make : callable
        What a user writes around the object: the construction of a layer.
    backward : callable, optional
        Returns the backward of what was made; None of a layer object, which has its own.
    reads : callable
        What the backward is handed over in, such as `gradtwin.derivative`.
    """

    package: str
    place: str
    twin: Callable[..., Any]
    inputs: Draw
    sizes: str
    make: Make = as_it_is
    backward: Make | None = None
    reads: Make = as_it_is
    arguments: Mapping[str, Any] = field(default_factory=dict)
    dtypes: Sequence[str] = ("float64",)

    def suspect(self) -> Any:
        """Return a forward and its backward, or a layer object and None."""
        made = self.make(loaded(self.package, self.place))
        return made, None if self.backward is None else self.backward(made)

    def judged(self, suspect: Any, dtype: str) -> gradtwin.Report:
        """Return the report on it, or on a spoiled one."""
        forward, backward = suspect
        inputs = self.inputs(np.random.default_rng(0))
        given = (forward,) if backward is None else (forward, self.reads(backward))
        return gradtwin.check(*given, twin=self.twin, inputs=inputs, **self.arguments)

    def spoiled(self, suspect: Any, dtype: str) -> Iterator[Any]:
        """Yield it with a mistake in its gradients."""
        forward, backward = suspect
        for mistake in AT_ELEMENTS:
            yield (_layer(forward, mistake), None) if backward is None else (forward, _after(backward, mistake))


def _after(backward: Any, mistake: Mistake) -> Any:
    @functools.wraps(backward)
    def spoiled(*arguments: Any, **options: Any) -> Any:
        return mapped(mistake, backward(*arguments, **options))

    return spoiled


def _layer(layer: Any, mistake: Mistake) -> Any:
    """Return a layer whose backward returns wrong gradients; one that returns none keeps wrong ones."""
    kind = type(layer)

    @functools.wraps(kind.backward)
    def backward(self: Any, *arguments: Any, **options: Any) -> Any:
        returned = kind.backward(self, *arguments, **options)
        if returned is not None:
            return mapped(mistake, returned)
        self.gradients = mapped(mistake, self.gradients)
        return None

    spoiled = copy.deepcopy(layer)
    spoiled.__class__ = type(kind.__name__, (kind,), {"backward": backward})
    return spoiled
