"""What comes back from another process: results as numbers and arrays, and exceptions as text.

To read an answer runs nobody's code: a result cannot reach into the process that judges it.
"""

from __future__ import annotations

import builtins
import collections
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import StructureError
from gradtwin.core.errors import UsageError, place_of
from gradtwin.core.parcel import Form, Memories, form_of
from gradtwin.core.results import misfits

__all__ = ["Failure", "Results", "Several", "Single", "Within", "failure_of", "result_of"]

Array = NDArray[Any]
OWN = {kind.__name__: kind for kind in (StructureError, UsageError)}
"""The errors of ours that mean something to whoever has called."""


@dataclass(frozen=True)
class Failure:
    """An exception as text: its name, the nearest of Python's own or of ours that it is one of, and what it says."""

    name: str
    base: str
    message: str

    def error(self) -> Exception:
        """Return an exception of that name that says the same."""
        if self.base in OWN:
            return OWN[self.base](self.message)
        base = getattr(builtins, self.base)
        bases = (base if issubclass(base, Exception) else Exception,)
        kind: Any = type(self.name, bases, {"__str__": lambda error: self.message})
        error: Exception = kind.__new__(kind)  # its initializer may ask for other arguments than a message
        return error


def failure_of(error: BaseException) -> Failure:
    """Return an exception as text, with the place in the user's code that it came from."""
    kinds = [kind for kind in type(error).__mro__ if kind in OWN.values() or kind.__module__ == "builtins"]
    return Failure(type(error).__name__, kinds[0].__name__, f"{error}{place_of(error)}")


@dataclass(frozen=True)
class Single:
    """An array with a number, by which what is written into it later is told."""

    number: int
    form: Form
    data: bytes


@dataclass(frozen=True)
class Within:
    """An array that lies in the memory of an argument."""

    memory: int
    form: Form


@dataclass(frozen=True)
class Several:
    """A tuple, a list or a mapping; of a named tuple its name and those of its fields."""

    parts: tuple[Any, ...]
    is_list: bool = False
    name: str = ""
    fields: tuple[str, ...] = ()
    keys: tuple[str, ...] | None = None


class Results:
    """The results that were sent, each as long as whoever got it has it: what is written into it later is told."""

    def __init__(self) -> None:
        self._count = 0
        self._sent: dict[int, tuple[Array, bytes]] = {}

    def answer(self, value: Any, memories: Memories) -> Any:
        """Return a result as it is sent.

        Raises
        ------
        StructureError
            If it holds what is no array of numbers.
        """
        words = next(misfits(value), None)
        if words is not None:
            raise StructureError(f"returns {words}")
        return self._part(value, memories)

    def _part(self, x: Any, memories: Memories) -> Any:
        if isinstance(x, (tuple, list)):
            parts = tuple(self._part(part, memories) for part in x)
            fields = getattr(x, "_fields", ())
            return Several(parts, isinstance(x, list), type(x).__name__ if fields else "", tuple(fields))
        if isinstance(x, Mapping):
            return Several(tuple(self._part(part, memories) for part in x.values()), keys=tuple(map(str, x)))
        if x is None or type(x) in (bool, int, float, complex):
            return x
        array = np.asarray(x)
        place = memories.place(array)
        if place is not None:
            return Within(*place)
        self._count += 1
        data = array.tobytes()
        self._sent[self._count] = array, data
        return Single(self._count, replace(form_of(array), strides=()), data)

    def keep(self, numbers: Sequence[int]) -> None:
        """Forget all results but those with these numbers."""
        self._sent = {n: self._sent[n] for n in numbers if n in self._sent}

    def written(self) -> list[tuple[int, bytes]]:
        """Return the results that are not as they were when this was asked last."""
        now = {n: (array, array.tobytes()) for n, (array, _) in self._sent.items()}
        changes = [(n, data) for n, (_, data) in now.items() if data != self._sent[n][1]]
        self._sent = now
        return changes


def result_of(answer: Any, memory: Callable[[int], Any], arrived: Callable[[int, Array], None]) -> Any:
    """Return the result that was sent; its arrays that are not in the `memory` of an argument have `arrived`."""
    if isinstance(answer, Several):
        parts = [result_of(part, memory, arrived) for part in answer.parts]
        if answer.keys is not None:
            return dict(zip(answer.keys, parts, strict=True))
        if answer.fields:
            return _named_tuple(answer.name, answer.fields)(*parts)
        return parts if answer.is_list else tuple(parts)
    if isinstance(answer, Within):
        return answer.form.array(memory(answer.memory))
    if isinstance(answer, Single):
        array = answer.form.array(None)
        array.reshape(-1).view(np.uint8)[:] = np.frombuffer(answer.data, np.uint8)
        arrived(answer.number, array)
        return array
    return answer


@functools.cache
def _named_tuple(name: str, fields: tuple[str, ...]) -> Any:
    return collections.namedtuple(name, fields, rename=True)
