"""Code that runs in a process of its own: what it does to that process, or to itself, stays there."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core import worker
from gradtwin.core.answer import Failure, result_of
from gradtwin.core.call import Code, DeathError
from gradtwin.core.captured import captured
from gradtwin.core.conditions import Allowance
from gradtwin.core.errors import UsageError
from gradtwin.core.guards import settings_now
from gradtwin.core.parcel import Parcel, by_value, packed
from gradtwin.core.process import Process, require_packages
from gradtwin.core.report import Finding

__all__ = ["Isolation", "rehearsed"]

Array = NDArray[Any]


def rehearsed(allowance: Allowance, what: str, function: Callable[[], Any], roots: Sequence[Any]) -> str | None:
    """Run a function, made of users' functions, in a process of its own; return how that has died, or None."""
    isolation = Isolation(allowance, what, roots)
    try:
        isolation.code(what, function)()
    except DeathError as error:
        return str(error)
    finally:
        isolation.close()
    return None


class Isolation:
    """A process for the code of one check, which is started when it is called for the first time, and after each death.

    Parameters
    ----------
    allowance : Allowance
        What it may take.
    whose : str
        Whose code it is.
    roots : sequence
        The user's own functions and objects. Whatever is made of them there is made of the same ones.
    shared : sequence
        Arrays that others have, too.
    """

    def __init__(self, allowance: Allowance, whose: str, roots: Sequence[Any], shared: Sequence[Any] = ()) -> None:
        require_packages()
        self._allowance = allowance
        self._roots = [x for x in roots if x is not None]
        self._shared = {id(x) for x in shared}
        self._loads: list[tuple[bytes, Sequence[int]]] = [(_packed(whose, self._roots, lambda x: None), ())]
        self._process: Process | None = None
        self._loaded = 0
        self._settings: Sequence[Any] = ()
        self._results: weakref.WeakValueDictionary[int, Array] = weakref.WeakValueDictionary()
        self._deaths: dict[Any, str] = {}
        self._changes: dict[tuple[str, str], None] = {}
        self._prints: dict[str, str] = {}
        self._draws: dict[str, None] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What calls have changed in their process."""
        quantities = dict.fromkeys(what for what, _ in self._changes)
        changes = {q: [change for what, change in self._changes if what == q] for q in quantities}
        return tuple(Finding("impure", q, f"changes {', '.join(names)}") for q, names in changes.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """Whose random numbers were drawn, and what the first call that prints has printed."""
        draws = (f"random numbers of {name} are drawn or seeded; here they are as they were" for name in self._draws)
        return (*draws, *(f"{what} prints: {text}" for what, text in self._prints.items()))

    def code(self, what: str, function: Code) -> Code:
        """Return a function that is called in the process.

        Raises
        ------
        UsageError
            If it cannot be sent there.
        """
        by_id = {id(x): i for i, x in enumerate(self._roots)}
        shared = [i for i, place in enumerate(captured(function)) if _is_watched(place.value, self._shared)]
        self._loads.append((_packed(what, function, lambda x: by_id.get(id(x))), shared))
        return _Isolated(self, what, len(self._loads) - 2)

    def call(self, what: str, code: int, arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """Return what code answers in the process, with all that it has written."""
        parcel = Parcel((arguments, options))
        key = code, parcel.arguments
        if self._deaths and key in self._deaths:  # to hang once is enough
            raise DeathError(self._deaths[key])
        try:
            reply = self._reply(what, code, parcel)
        except DeathError as error:
            self._deaths[key] = str(error)
            self.close()
            raise
        self._changes |= dict.fromkeys((what, change) for change in reply.changes)
        self._draws |= dict.fromkeys(reply.draws)
        if reply.printed.strip():
            self._prints.setdefault(what, " ".join(reply.printed.split()))
        for message in reply.warned:
            warnings.warn(message, RuntimeWarning, stacklevel=4)
        for i, data in reply.arguments:
            parcel.write(i, data)
        for number, data in reply.results:
            _overwrite(self._results.get(number), data)
        if isinstance(reply.result, Failure):
            raise reply.result.error()
        return result_of(reply.result, parcel.memory, self._results.__setitem__)

    def close(self) -> None:
        """End the process; another call starts another one."""
        if self._process is not None:
            self._process.close()
        self._process, self._loaded, self._settings = None, 0, ()
        self._results.clear()

    def _reply(self, what: str, code: int, parcel: Parcel) -> worker.Reply:
        if self._process is None:
            self._process = Process(self._allowance)
        for load in self._loads[self._loaded :]:
            failure = self._process.ask(worker.load, *load)
            if failure is not None:
                raise UsageError(
                    f"Expected {what} to be code that a process of its own can load; got {failure.name}: "
                    f"{failure.message}."
                )
            self._loaded += 1
        settings = settings_now()
        news = None if settings == self._settings else settings
        self._settings = settings
        request = worker.Request(code, parcel.arguments, list(self._results), news)
        reply: worker.Reply = self._process.ask(worker.answer, request)
        if reply.lost:
            size = f"asks for more memory than {self._allowance.bytes / 2**20:,.0f} MiB"
            raise DeathError(size if reply.lost == worker.MEMORY else reply.lost)
        return reply


@dataclass(frozen=True)
class _Isolated:
    """A function of arrays that is called in another process."""

    isolation: Isolation
    what: str
    number: int

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        return self.isolation.call(self.what, self.number, arguments, options)


def _packed(what: str, value: Any, reference: Callable[[Any], Any]) -> bytes:
    try:
        with by_value([value, *(value if isinstance(value, list) else ())]):
            return packed(value, reference)
    except Exception as error:  # code may hold anything, and each says in its own way that it cannot be sent
        raise UsageError(
            f"Expected {what} to be code that can be sent to a process of its own; got {type(error).__name__}: "
            f"{error}. Make inside of the function what it holds, or leave isolate out."
        ) from error


def _is_watched(x: Any, shared: set[int]) -> bool:
    import torch

    return isinstance(x, torch.nn.Module) or id(x) in shared


def _overwrite(x: Array | None, data: bytes) -> None:
    if x is not None:
        x.reshape(-1).view(np.uint8)[:] = np.frombuffer(data, np.uint8)
