"""Parameters that an object is made of, and keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.training.forms.layouts import Layout
from gradtwin.training.state import array_of

__all__ = ["Parameter", "ParameterHolder"]

Array = NDArray[Any]


class Parameter(np.ndarray):
    """An array that has its gradient in `grad`, and itself in `data` and `value`; what is assigned is written into it.

    It can be the key of a dict, as that one parameter that it is.
    """

    grad: Any = None
    name: str = ""
    __hash__ = object.__hash__  # type: ignore[assignment]

    @property
    def value(self) -> Array:
        """The numbers, which may be written into or replaced."""
        return self.view(np.ndarray)

    @value.setter
    def value(self, numbers: Any) -> None:
        self[...] = numbers

    data = value  # type: ignore[assignment]

    def assign(self, numbers: Any) -> Parameter:
        """Write numbers into it."""
        self[...] = numbers
        return self

    def assign_add(self, numbers: Any) -> Parameter:
        """Add numbers to it."""
        return self.assign(self.value + numbers)

    def assign_sub(self, numbers: Any) -> Parameter:
        """Take numbers from it."""
        return self.assign(self.value - numbers)

    def numpy(self) -> Array:
        """Return the numbers as an array of their own."""
        return np.array(self.value)


class ParameterHolder:
    """What an object is made of: parameters in a layout, and where the object keeps them."""

    def __init__(self, layout: Layout, names: Sequence[str], params: Sequence[Array]) -> None:
        self.layout, self.names = layout, names
        held = [_held(name, p, of_tensors=layout.of_tensors) for name, p in zip(names, params, strict=True)]
        self.container = layout.gather(names, held)
        self._owner: Any = None
        self._attribute: str | None = None

    def find_in(self, made: Any) -> None:
        """Note in which attribute an object keeps them: it may replace them there."""
        values = vars(made) if hasattr(made, "__dict__") else {}
        same = [name for name, x in values.items() if x is self.container]
        self._owner = made
        self._attribute = next(iter((*same, *(name for name, x in values.items() if self._holds(x)))), None)

    def _holds(self, value: Any) -> bool:
        is_one = isinstance(value, (list, tuple, Mapping, np.ndarray, torch.Tensor))
        arrays = self.layout.read(self.names, value) if is_one else None
        own = self.layout.unpack(self.names, self.container)
        return arrays is not None and all(np.array_equal(a, b) for a, b in zip(arrays, own, strict=True))

    def _current(self) -> list[Any]:
        container = self.container if self._attribute is None else getattr(self._owner, self._attribute)
        return self.layout.parts(self.names, container)

    def bring(self, params: Sequence[Any], grads: Sequence[Any]) -> None:
        """Write into the parameters, and give each its gradient."""
        for held, p, g in zip(self._current(), params, grads, strict=True):
            if isinstance(held, torch.Tensor):
                held.data.copy_(torch.from_numpy(np.array(p)))
                held.grad = None if g is None else torch.from_numpy(np.array(g))
            else:
                held[...] = p
            if isinstance(held, Parameter):
                held.grad = g

    def arrays(self) -> list[Array]:
        """Return copies of the parameters as they are now."""
        return [array_of(x) for x in self._current()]


def _held(name: str, x: Array, *, of_tensors: bool) -> Any:
    own = np.array(x)
    if of_tensors:
        return torch.from_numpy(own).requires_grad_()
    held = own.view(Parameter)
    held.name = name
    return held
