"""The one place from which anybody's code is entered: suspects on copies they cannot spoil, their surroundings watched.

Whoever wants a result of code that is not ours asks `enter` for it, or one of the functions here that guard, watch or
word what comes back. A law over the source holds that.
"""

from __future__ import annotations

import inspect
import itertools
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import FEWEST_CALLS, HISTORY_BREAKS, LAST_DIGITS, K, history_calls
from gradtwin.core.captured import Place
from gradtwin.core.contents import bits
from gradtwin.core.errors import GradtwinError, is_own_raise, place_of
from gradtwin.core.guards import Draws, Watch
from gradtwin.core.report import Finding
from gradtwin.core.results import arrays_in, misfits, replica

__all__ = [
    "ORDINARY",
    "Code",
    "Conduct",
    "DeathError",
    "Outcome",
    "StructureError",
    "aside",
    "attempt",
    "declines",
    "enter",
    "input_names",
    "observe",
]

Array = NDArray[Any]

Code = Callable[..., Any]
"""Somebody else's code."""


class StructureError(Exception):
    """What code returned has not the structure that its own form promises; the message says so."""


class DeathError(Exception):
    """A process of its own in which code was called has given no answer; the message says what happened to it."""


@dataclass(frozen=True)
class Outcome:
    """What a call returned, or the findings that say why there is nothing to compare; and notes on what is no fault."""

    value: Any
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conduct:
    """What a call may do besides returning a result, and what is called between its repetitions.

    Parameters
    ----------
    writes : collection of str
        The names of the arguments that it may write into.
    places : sequence of Place
        Where others find what it must leave as it is.
    before : callable, optional
        A call that it may lean on when it is called first, and only then.
    interlude : sequence of callables
        Calls on other inputs, each of which must answer the same whenever it is made.
    repeats : bool
        Whether it answers the same when it is called again, as code with a state of its own does not.
    """

    writes: Collection[str] = ()
    places: Sequence[Place] = ()
    before: Code | None = None
    interlude: Sequence[Code] = ()
    repeats: bool = True


ORDINARY = Conduct()
"""The conduct of a call for which nothing is declared."""


def enter(function: Code, /, *arguments: Any, **options: Any) -> Any:
    """Call somebody's code, as it is."""
    return function(*arguments, **options)


def attempt(what: str, function: Code, /, *arguments: Any, **options: Any) -> Outcome:
    """Call somebody's code; what it raises is its answer, as the finding of a crash of `what`."""
    try:
        return Outcome(enter(function, *arguments, **options))
    except GradtwinError:
        raise
    except Exception as error:  # the suspect may raise anything
        return Outcome(None, (_failure(error, what),))


def declines(function: Code, arguments: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """Return whether somebody's code raises on copies of these arguments by a raise, or an assert, of its own.

    What NumPy or torch raise within it is no answer that anybody has written.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            enter(function, *map(replica, arguments), **replica(dict(options)))
    except Exception as error:  # the suspect may raise anything
        return is_own_raise(error)
    return False


def aside(
    what: str, function: Code, arguments: Sequence[Any], options: Mapping[str, Any], places: Sequence[Place]
) -> Outcome:
    """Call somebody's code on copies, beside the calls that are observed, and put back what it leaves changed.

    Otherwise those calls would find it changed already, and have nothing to report.
    """
    watch = Watch({}, places, libraries=True)
    with warnings.catch_warnings(), Draws("torch"):
        warnings.simplefilter("ignore")
        outcome = attempt(what, function, *map(replica, arguments), **replica(dict(options)))
    watch.settle()
    return outcome


def observe(
    function: Code,
    arguments: Sequence[Any],
    options: Mapping[str, Any],
    names: Sequence[str],
    what: str,
    conduct: Conduct = ORDINARY,
) -> Outcome:
    """Call the function several times on copies of its arguments, and put back whatever it leaves changed.

    Reported are a crash, a result that is no array, a changed argument, option, setting or shared array, and another
    answer to the same arguments; a result that lies in the memory of an argument is a note.
    """
    contents = {f"option {n}": x for n, x in options.items()}
    contents |= {f"the array behind its argument {n}": x for n, x in zip(names, arguments, strict=True)}
    watch = Watch(contents, conduct.places, libraries=bool(conduct.interlude))
    calls = _Calls(function, arguments, options, names, conduct)
    findings: list[Finding] = []
    with warnings.catch_warnings(record=True) as records, Draws("torch") as draws:
        warnings.simplefilter("always")
        try:
            calls.first()
            findings += [Finding("structure", what, f"returns {words}") for words in calls.misfits]
            if not findings:
                findings += [Finding("impure", what, words) for words in calls.repeat()]
        except Exception as error:  # the suspect may raise anything, and that is its answer
            findings.append(_failure(error, what))
    changes = [*(f"its argument {n}" for n in calls.mutated), *watch.settle()]
    if changes:  # first, since it explains what else is wrong
        findings.insert(0, Finding("impure", what, f"changes {', '.join(changes)}"))
    warned = {f"{what} warns: {w.message}" for w in records if issubclass(w.category, RuntimeWarning)}
    notes = (*sorted(warned), *draws.notes, *(f"{what} returns memory of its argument {n}" for n in calls.returned))
    return Outcome(None if calls.misfits else calls.judged, tuple(findings), notes)


class _Calls:
    """Calls of one function on the same arguments, each on fresh copies, and what is seen of them."""

    def __init__(
        self,
        function: Code,
        arguments: Sequence[Any],
        options: Mapping[str, Any],
        names: Sequence[str],
        conduct: Conduct,
    ) -> None:
        self.function, self.options, self.names, self.conduct = function, options, names, conduct
        self.arguments = [_handed(x, n in conduct.writes) for n, x in zip(names, arguments, strict=True)]
        self.value: Any = None
        self.judged: Any = None
        self.misfits: list[str] = []
        self.returned: list[str] = []
        self.mutated: dict[str, None] = {}
        self._before = [bits(x) for x in self.arguments]
        self._answer: list[Any] = []
        self._values: list[Array] = []
        self._latest: list[Array] = []
        self._latest_bits: list[Any] = []
        self._asides: dict[int, Any] = {}
        size = sum(x.size for x in arguments if isinstance(x, np.ndarray))
        self._runs = history_calls(size) if conduct.interlude else 1 + conduct.repeats
        # Where there are two calls only, one on other inputs has to come before the second.
        self._breaks = HISTORY_BREAKS if self._runs > FEWEST_CALLS else (1,)
        self._turns = itertools.cycle(range(len(conduct.interlude)))

    def first(self) -> None:
        """Make the first call, the one whose value is judged."""
        self._pause(0)
        if self.conduct.before is not None:
            _quietly(self.conduct.before)
        self.value, copies = self._call()
        self.misfits = list(misfits(self.value))
        # As it is now: what is written into it later, by a thread or on another stream, was not returned.
        self.judged = _as_now(self.value)
        leaves = [] if self.misfits else arrays_in(self.value)
        # The bits tell whether a later call writes into this result; the copies are what later answers must equal.
        self._answer = [bits(leaf) for leaf in leaves]
        self._values = [leaf.copy() for leaf in leaves]
        arrays = [
            (n, a) for n, x in zip(self.names, copies, strict=True) if n not in self.conduct.writes for a in _in(x)
        ]
        self.returned = list(dict.fromkeys(n for n, a in arrays for leaf in leaves if np.may_share_memory(leaf, a)))

    def repeat(self) -> list[str]:
        """Make the other calls, up to the first that does not answer as the first one did; return how it differs."""
        for i in range(1, self._runs):
            if not self._pause(i):
                return ["is not repeatable: a call on other inputs, made twice, differs"]
            # Before the same arguments come again: a buffer that is kept would then hold the same numbers again.
            if self._overwritten():
                return ["returns memory that a later call overwrites: its result of an earlier one has changed"]
            try:
                answer = self._latest = self._arrays_of_call()
            except DeathError:
                raise
            except Exception as error:  # the first call has not, so it is no crash
                return [f"is not repeatable: {self._reason(i, f'the same arguments raise {_worded(error)}')}"]
            self._latest_bits = [bits(x) for x in answer]
            if not _are_same(self._values, answer):
                return [f"is not repeatable: {self._reason(i, 'two calls on the same arguments differ')}"]
        return []

    def _call(self) -> tuple[Any, list[Any]]:
        copies = [replica(x) for x in self.arguments]
        value = enter(self.function, *copies, **self.options)
        for n, x, before in zip(self.names, copies, self._before, strict=True):
            if n not in self.conduct.writes and bits(x) != before:
                self.mutated[n] = None
        return value, copies

    def _arrays_of_call(self) -> list[Array]:
        return arrays_in(self._call()[0])

    def _overwritten(self) -> bool:
        """Return whether the first result, or the latest one, has changed: a buffer may have been made anew since."""
        latest = [bits(x) for x in self._latest]
        return latest != self._latest_bits or [bits(leaf) for leaf in arrays_in(self.value)] != self._answer

    def _pause(self, i: int) -> bool:
        """Make a call on other inputs where one comes before call `i`; return whether it answers as it did."""
        if i not in self._breaks or not self.conduct.interlude:
            return True
        turn = next(self._turns)
        value = _quietly(self.conduct.interlude[turn])
        answer = [] if value is None or any(misfits(value)) else [leaf.copy() for leaf in arrays_in(value)]
        return _are_same(self._asides.setdefault(turn, answer), answer)

    def _reason(self, i: int, words: str) -> str:
        """Return why call `i` answers differently, or the words for that with what came before it."""
        if self.conduct.before is not None:
            _quietly(self.conduct.before)
            if _are_same(self._values, _quietly(self._arrays_of_call) or ()):
                return f"it takes what the last forward left behind: {words}"
        if _adds_up([_quietly(self._arrays_of_call) or [] for _ in range(3)]):
            return f"each call adds to the result of the one before: {words}"
        aside = i in self._breaks and bool(self.conduct.interlude)
        return f"{words}, with a call on other inputs between them" if aside else words


def _as_now(value: Any) -> Any:
    """Return a result with copies of the arrays in it."""
    if isinstance(value, (tuple, list)):
        parts = [_as_now(part) for part in value]
        is_named = hasattr(value, "_fields")
        return type(value)(*parts) if is_named else tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, Mapping):
        return {key: _as_now(part) for key, part in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def _are_same(first: Sequence[Array], second: Sequence[Array]) -> bool:
    """Return whether two calls answer the same, but for last digits: products of matrices depend on where they lie."""
    if [(x.shape, x.dtype) for x in first] != [(x.shape, x.dtype) for x in second]:
        return False
    return all(
        bits(a) == bits(b) or (a.dtype.kind == "f" and _are_near(a, b)) for a, b in zip(first, second, strict=True)
    )


def _are_near(a: Array, b: Array) -> bool:
    largest = np.max(np.abs(a), where=np.isfinite(a), initial=0)
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= LAST_DIGITS * np.finfo(a.dtype).eps * largest
    return bool(np.all(near | (a == b) | (np.isnan(a) & np.isnan(b))))


def _adds_up(results: Sequence[Sequence[Array]]) -> bool:
    """Return whether the floating results of three calls are equally far apart, by more than rounding."""
    for a, b, c in zip(*results, strict=False):
        if a.shape == b.shape == c.shape and c.dtype.kind == "f":
            step, rounding = b - a, K * np.spacing(np.abs(c))
            if np.all(np.abs(c - b - step) <= rounding) and np.any(np.abs(step) > rounding):
                return True
    return False


def _handed(x: Any, is_written: bool) -> Any:
    """Return an argument as a call gets it: one that the call is to write into is never read-only."""
    return np.array(x) if is_written and isinstance(x, np.ndarray) and not x.flags.writeable else replica(x)


def _in(argument: Any) -> list[Array]:
    """Return the arrays of an argument; what else it may hold has no memory that a result could lie in."""
    parts = argument if isinstance(argument, (tuple, list)) else [argument]
    return [x for x in parts if isinstance(x, np.ndarray)]


def _quietly(function: Code) -> Any:
    """Return what a call answers that is not judged itself; None where it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return enter(function)
        except Exception:  # other inputs may be none that it takes
            return None


def input_names(forward: Callable[..., Any], count: int) -> tuple[str, ...]:
    """Return the names of the first `count` positional parameters of `forward`; ``*rest`` becomes rest[0], rest[1]."""
    names: list[str] = []
    try:
        parameters = list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}[{i}]" for i in range(count - len(names))]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
    names += [f"input {i}" for i in range(len(names), count)]
    return tuple(names[:count])


def _failure(error: Exception, what: str) -> Finding:
    if isinstance(error, GradtwinError):  # what the user called us with, not what the suspect did
        raise error
    if isinstance(error, StructureError):
        return Finding("structure", what, str(error))
    if isinstance(error, DeathError):
        return Finding("crash", what, str(error))
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, ValueError) and "read-only" in str(error):
        return Finding("impure", what, f"writes into a read-only argument ({message})")
    return Finding("crash", what, f"raises {_worded(error)}")


def _worded(error: Exception) -> str:
    return f"{type(error).__name__}: {error}{place_of(error)}"
