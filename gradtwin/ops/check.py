"""Judging a forward and its hand-derived backward against a PyTorch twin."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import Precision, precision
from gradtwin.core.call import Code, enter, input_names
from gradtwin.core.conditions import Conditions, check_device, seed_from
from gradtwin.core.conventions import accepted
from gradtwin.core.errors import UsageError, one_of
from gradtwin.core.guards import Draws
from gradtwin.core.report import Report
from gradtwin.ops.conventions import judged_by_convention
from gradtwin.ops.history import returning_written
from gradtwin.ops.labels import with_margin
from gradtwin.ops.subject import Inputs, Manner, Subject
from gradtwin.ops.twin import Twin

__all__ = ["Problem", "Provider", "Provides", "check", "dtypes_of", "judged", "provided"]

Array = NDArray[Any]
Provides = Sequence[Any] | Mapping[str, Any]
Provider = Callable[[np.random.Generator], Provides]


def check(
    forward: Code,
    backward: Code | None = None,
    *,
    twin: Code,
    inputs: Provides | Provider,
    options: Mapping[str, Any] | None = None,
    dtypes: Sequence[str] = ("float64", "float32"),
    device: str = "cpu",
    seed: int = 0,
    differentiable: Sequence[str] | None = None,
    mutates_args: Sequence[str] = (),
    kinks: Sequence[float] = (),
    exact: bool = False,
    signed_zeros: bool = False,
    accept: str | Sequence[str] = (),
    accumulator_dtype: str | None = None,
    margin: Code | None = None,
    outputs: Sequence[str] | None = None,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge `forward`, and `backward` if given, against `twin`.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs, **options)`` returns an array, or a tuple of them.
    backward : callable, optional
        ``backward(grad, *inputs, **options)`` returns the gradient of the one differentiable input, or a NamedTuple
        whose fields are the names of the differentiable inputs (a tuple in their order will do).
    twin : callable
        The PyTorch function; takes tensors where `forward` takes arrays, and the same options. It runs in float64
        on the CPU for the truth, and at each precision on `device`.
    inputs : sequence, mapping, or callable
        Arrays (None for what is absent, tuples for what both sides take as such), by position or by name, or a
        function of a `numpy.random.Generator` that returns them. Floating arrays are cast to the precision under test.
    options : mapping, optional
        Keyword arguments of both sides.
    dtypes : sequence of str
        The precisions to judge at: ``float64``, ``float32``, ``float16``.
    device : str
        Where the twin runs at the precision under test: ``cpu``, ``cuda`` or ``cuda:N``.
    seed : int
        Seed of the inputs, the cotangents and the shadow runs.
    differentiable : sequence of str, optional
        Names of the inputs with a gradient; all floating inputs if not given.
    mutates_args : sequence of str
        Names of the inputs that forward and backward may write into, and ``grad`` for a backward that does. A call that
        returns None is judged by what it has written there, in this order.
    kinks : sequence of float
        Inputs at which the function has no derivative; only used to name the cause of a difference.
    exact : bool
        Admit no rounding. For inputs on which both sides compute exactly, as at kinks.
    signed_zeros : bool
        Refuse an output whose zeros have other signs than the twin's; otherwise that is a note.
    accept : str or sequence of str
        Names of `gradtwin.core.conventions.CONVENTIONS`: differences between two right answers that make a match, which
        says so.
    accumulator_dtype : str, optional
        The precision in which sums are added up, where it is not float32 or finer: ``float16`` admits what sums in half
        precision do, which is `imprecise` otherwise.
    margin : callable, optional
        For a function without a backward whose last output is labels: takes what `twin` takes and returns the real
        numbers by whose signs the labels are decided, of shape ``(*labels.shape, ...)``, such as the lead of the best
        score over every other; infinite for what does not decide. A label must be the twin's wherever all its margins
        exceed what rounding can do; the report counts the others, which are too close to call, and is `inconclusive`
        where there are no others. A margin of exactly 0 that no rounding moves is a tie, to be decided as the twin
        does.
    outputs : sequence of str, optional
        How the report calls the outputs.
    name, command : str, optional
        How the report calls the check, and the command that repeats it.

    Returns
    -------
    Report
        ``report.ok`` is True only for a match.

    Raises
    ------
    UsageError
        If an argument is not of the form above, or the twin does not take what the suspect takes.
    DeviceMissingError
        If `device` is not on this machine.
    """
    functions = {"forward": forward, "backward": backward, "twin": twin, "margin": margin}
    for argument, value in functions.items():
        if not callable(value) and not (argument in ("backward", "margin") and value is None):
            raise UsageError(f"Expected {argument} to be callable; got {type(value).__name__} {value!r}.")
    if backward is not None and margin is not None:
        raise UsageError("Expected no margin beside a backward, since labels have no gradient; got both.")
    title = name or f"{getattr(forward, '__module__', '?')}:{getattr(forward, '__name__', 'forward')}"
    writes = (mutates_args,) if isinstance(mutates_args, str) else tuple(mutates_args)
    problem = Problem(
        forward,
        backward,
        twin if margin is None else with_margin(twin, margin),
        inputs,
        options or {},
        differentiable,
        Manner(
            tuple(kinks),
            exact,
            signed_zeros,
            accepted(accept),
            None if accumulator_dtype is None else precision(accumulator_dtype).name,
            margin is not None,
            lambda: outputs,
            writes,
        ),
    )
    return judged(problem, Conditions(dtypes_of(dtypes), device, seed, title, command))


class Asks(Protocol):
    """Whatever can be judged at every precision."""

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""


def judged(problem: Asks, at: Conditions) -> Report:
    """Return the report on a problem at each precision."""
    check_device(at.device)
    with Draws("np.random", "random") as draws:
        report = judged_by_convention([problem.subject(dtype, at) for dtype in at.dtypes])
    return replace(report, name=at.name, command=at.command, notes=(*report.notes, *draws.notes))


def dtypes_of(dtypes: Sequence[str]) -> tuple[str, ...]:
    """Return the names of precisions as a tuple, or raise where there are none."""
    if not dtypes or isinstance(dtypes, str):
        raise UsageError(f"Expected dtypes to be a sequence of at least one dtype name; got {dtypes!r}.")
    return tuple(dtypes)


def provided(inputs: Provides | Provider, at: Conditions) -> Provides:
    """Return the inputs, drawn where they are given as a function of a generator."""
    if not callable(inputs):
        return inputs
    drawn: Provides = enter(inputs, np.random.default_rng(seed_from(at.name, at.seed)))
    return drawn


@dataclass(frozen=True)
class Problem:
    """A suspect, its twin and their inputs at every precision; the fields are arguments of `check`."""

    forward: Code
    backward: Code | None
    twin: Code
    inputs: Provides | Provider
    options: Mapping[str, Any]
    differentiable: Sequence[str] | None = None
    manner: Manner = field(default_factory=Manner)

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""
        p, inputs = precision(dtype), provided(self.inputs, at)
        by_name = isinstance(inputs, Mapping)
        values = tuple(inputs.values()) if isinstance(inputs, Mapping) else tuple(inputs)
        names = tuple(inputs) if isinstance(inputs, Mapping) else input_names(self.forward, len(values))
        arrays = tuple(_cast(x, p, n) for n, x in zip(names, values, strict=True))
        forward, backward, twin = self.forward, self.backward, self.twin
        if by_name:
            forward, twin = _by_keyword(forward, names), _by_keyword(twin, names)
            backward = None if backward is None else _by_keyword(backward, names)
        forward, backward = _writing(forward, backward, names, self.manner.writes)
        options = {k: _cast(v, p, k) if isinstance(v, np.ndarray) else v for k, v in self.options.items()}
        return Subject(
            forward,
            backward,
            Twin(twin, options),
            Inputs(arrays, names, _wanted(arrays, names, self.differentiable, backward), options),
            self.manner,
            p,
            at.device,
            seed_from(f"{at.name}/{dtype}", at.seed),
        )


def _writing(
    forward: Code, backward: Code | None, names: Sequence[str], writes: Sequence[str]
) -> tuple[Code, Code | None]:
    """Return both functions as what they return, or else what they have written into the arguments of these names."""
    if not writes:
        return forward, backward
    known = names if backward is None else ("grad", *names)
    for name in writes:
        one_of("mutates_args", name, known)
    in_forward = [names.index(name) for name in writes if name in names]
    both_ways = [0 if name == "grad" else 1 + names.index(name) for name in writes]
    return returning_written(forward, in_forward), backward and returning_written(backward, both_ways)


def _by_keyword(function: Code, names: Sequence[str]) -> Code:
    """Return `function` with its last positional arguments passed by these names."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        first = len(arguments) - len(names)
        return enter(function, *arguments[:first], **dict(zip(names, arguments[first:], strict=True)), **options)

    return call


def _cast(x: Any, p: Precision, name: str) -> Any:
    if x is None or isinstance(x, tuple):
        return x
    if not isinstance(x, (np.ndarray, np.generic, float, int, list)):
        raise UsageError(f"Expected input {name!r} to be an array, a tuple or None; got {type(x).__name__}.")
    array = np.asarray(x)
    if array.dtype.kind == "f" and array.dtype != p.name:
        with np.errstate(over="ignore"):
            return array.astype(p.name)
    if array.dtype.kind not in "fiub":
        raise UsageError(f"Expected input {name!r} to hold real numbers; got dtype {array.dtype}.")
    return array


def _wanted(arrays: tuple[Any, ...], names: tuple[str, ...], chosen: Any, backward: Any) -> tuple[bool, ...]:
    floating = [isinstance(x, np.ndarray) and x.dtype.kind == "f" for x in arrays]
    for name in chosen or ():
        if name not in names:
            raise UsageError(f"Expected differentiable to name inputs of forward, {', '.join(names)}; got {name!r}.")
        if not floating[names.index(name)] and arrays[names.index(name)] is not None:
            kind = np.asarray(arrays[names.index(name)]).dtype
            raise UsageError(f"Expected input {name!r}, of which a gradient is asked, to be floating; got {kind}.")
    wanted = tuple(f and (chosen is None or n in chosen) for f, n in zip(floating, names, strict=True))
    if backward is not None and not any(wanted):
        kinds = ", ".join(f"{n}: {getattr(x, 'dtype', 'None')}" for n, x in zip(names, arrays, strict=True))
        raise UsageError(f"Expected at least one floating input, since a gradient is asked; got {kinds}.")
    return wanted
