"""Judging a forward and its hand-derived backward against a PyTorch twin."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gradtwin.core.arguments import public_check
from gradtwin.core.bound import array_precision, precision
from gradtwin.core.call import Code, input_names
from gradtwin.core.carrier import is_carrying
from gradtwin.core.conditions import Conditions, seed_from
from gradtwin.core.conventions import accepted
from gradtwin.core.errors import UsageError, one_of, shown
from gradtwin.core.guards import Draws
from gradtwin.core.report import Finding, Report
from gradtwin.core.signatures import Passed, require_takers
from gradtwin.forms import jax
from gradtwin.forms.foreign import ForeignCode
from gradtwin.forms.tensors import (
    Pullback,
    TensorCode,
    as_array,
    callable_of,
    is_tensor,
    own_signature,
    promises_a_graph,
)
from gradtwin.ops.chance import chance_in
from gradtwin.ops.conventions import judged_by_convention
from gradtwin.ops.inputs import Inputs, Provider, Provides, as_asked, cast, cast_option, provided, with_gradient
from gradtwin.ops.labels import with_margin
from gradtwin.ops.subject import Manner, Subject
from gradtwin.ops.suspect import by_keyword, differentiated, writing
from gradtwin.ops.twin import Question, Twin

__all__ = ["Problem", "Takers", "check", "judged"]


@public_check
def check(
    forward: Code,
    backward: Code | None = None,
    *,
    twin: Code,
    inputs: Provides | Provider,
    options: Mapping[str, Any] | None = None,
    dtypes: Sequence[str] | None = None,
    device: str = "cpu",
    seed: int = 0,
    differentiable: str | Sequence[str] | None = None,
    mutates_args: Sequence[str] = (),
    kinks: Sequence[float] = (),
    exact: bool = False,
    signed_zeros: str | Sequence[str] = (),
    accept: str | Sequence[str] = (),
    accumulator_dtype: str | None = None,
    margin: Code | None = None,
    outputs: str | Sequence[str] | None = None,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge `forward`, and `backward` if given, against `twin`.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs, **options)`` returns an array, or a tuple of them. Where an input is a tensor it takes and
        returns tensors: a function, an ``nn.Module`` or a ``torch.autograd.Function``.
    backward : callable, optional
        ``backward(grad, *inputs, **options)`` returns the gradient of the one differentiable input, or a NamedTuple
        whose fields are the names of the differentiable inputs (a tuple in their order will do). Of a forward of
        tensors it is what autograd makes of it, if not given; a function whose result has no graph has none.
    twin : callable
        The PyTorch function; takes tensors where `forward` takes arrays, and the same options. It runs in float64
        on the CPU for the truth, and at each precision on `device`.
    inputs : sequence, mapping, or callable
        Arrays or tensors (None for what is absent, tuples for what both sides take as such), by position or by name, or
        a function of a `numpy.random.Generator` that returns them. Floating arrays are cast to the precision under
        test.
    options : mapping, optional
        Keyword arguments of both sides.
    dtypes : sequence of str, optional
        The precisions to judge at: ``float64``, ``float32``, ``float16`` and, of tensors, ``bfloat16``, or NumPy's or
        torch's types of these names.
        If not given, the widest of the floating inputs, and float64 for numbers and lists of Python. A result that is
        wider than a precision that was asked for is a fault; otherwise it is a note.
    device : str
        Where the twin runs at the precision under test: ``cpu``, ``cuda`` or ``cuda:N``.
    seed : int
        Seed of the inputs, the cotangents and the shadow runs.
    differentiable : str or sequence of str, optional
        Names of the inputs with a gradient; all floating inputs if not given.
    mutates_args : sequence of str
        Names of the inputs that forward and backward may write into, and ``grad`` for a backward that does. A call that
        returns None is judged by what it has written there, in this order.
    kinks : sequence of float
        Inputs at which the function has no derivative; only used to name the cause of a difference.
    exact : bool
        Admit no rounding. For inputs on which both sides compute exactly, as at kinks.
    signed_zeros : str or sequence of str
        Of what to refuse zeros of another sign than the twin's: ``outputs``, ``gradients``. Of an output they are
        otherwise a note.
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
    outputs : str or sequence of str, optional
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
    _require_code(forward, backward, twin)
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
            tuple(one_of("signed_zeros", name, ("outputs", "gradients")) for name in signed_zeros),
            accepted(accept),
            accumulator_dtype,
            margin is not None,
            functools.partial(_output_names, outputs),
            writes,
        ),
    )
    at = Conditions(tuple(dtypes or ()), device, seed, title, command, asked=dtypes is not None)
    return judged(problem, as_asked(at, inputs))


def _require_code(forward: Any, backward: Any, twin: Any) -> None:
    """Raise a UsageError where one of these is not what is called."""
    for argument, value in {"forward": forward, "backward": backward, "twin": twin}.items():
        if not callable(value) and not (argument == "backward" and value is None):
            raise UsageError(f"Expected {argument} to be callable; got {shown(value)}.")
    if isinstance(twin, type):
        kind = twin.__name__
        raise UsageError(
            f"Expected twin to be a function of tensors; got the class {kind}. Write {kind}() for a module and "
            f"{kind}.apply for a Function."
        )


def _output_names(outputs: str | Sequence[str] | None, count: int) -> Sequence[str] | None:
    """Return how the user calls that many outputs."""
    if outputs is not None and len(outputs) != count:
        raise UsageError(f"Expected outputs to name the {count} that the twin returns; got {outputs!r}.")
    return outputs


class Asks(Protocol):
    """Whatever can be judged at every precision."""

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""


def judged(problem: Asks, at: Conditions) -> Report:
    """Return the report on a problem at each precision."""
    with Draws("np.random", "random") as draws:
        subjects = [problem.subject(dtype, at) for dtype in at.dtypes]
        # The twin is asked last whether it answers by chance: only what was run can have drawn random numbers.
        report = _unless_by_chance(judged_by_convention(subjects), subjects)
    return replace(report, name=at.name, command=at.command, remarks=(*report.remarks, *draws.notes))


def _unless_by_chance(report: Report, subjects: Sequence[Subject]) -> Report:
    """Return the report; a twin that answers by chance accuses nobody, and proves nothing."""
    for subject in subjects:
        chance = chance_in(subject.twin, Question(subject.inputs.arrays, subject.wanted))
        if chance is not None:
            return Report("", (Finding("inconclusive", "twin", f"the twin {chance}"),), report.tally, report.remarks)
    return report


@dataclass(frozen=True)
class Takers:
    """Who is called with the inputs, by the user's word for it.

    Parameters
    ----------
    sides : mapping
        The functions.
    options : sequence of str
        The names of the options that they are called with.
    withheld : int
        How many of the last inputs they are not called with.
    """

    sides: Mapping[str, Code]
    options: Sequence[str]
    withheld: int = 0

    def require(self, count: int, names: Sequence[str] | None) -> None:
        """Raise a UsageError unless they take that many inputs, or the inputs of these names."""
        taken = max(count - self.withheld, 0)
        require_takers(self.sides, Passed(taken, None if names is None else names[:taken], self.options))


@dataclass(frozen=True)
class Problem:
    """A suspect, its twin and their inputs at every precision; the fields are arguments of `check`.

    `takers` are named where the inputs go to others than `forward` and `twin`.
    """

    forward: Code
    backward: Code | None
    twin: Code
    inputs: Provides | Provider
    options: Mapping[str, Any]
    differentiable: Sequence[str] | None = None
    manner: Manner = field(default_factory=Manner)
    takers: Takers | None = None

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""
        inputs = provided(self.inputs, at)
        by_name = isinstance(inputs, Mapping)
        values = tuple(inputs.values()) if isinstance(inputs, Mapping) else tuple(inputs)
        has_tensors = self.takers is None and any(map(is_tensor, values))
        suspect = callable_of(self.forward)
        is_jax = self.takers is None and not has_tensors and jax.recognise(suspect, values)
        p = precision(dtype) if has_tensors or is_jax or any(map(is_carrying, values)) else array_precision(dtype)
        takers = self.takers or Takers({"forward": suspect, "twin": self.twin}, tuple(self.options))
        takers.require(len(values), tuple(inputs) if by_name else None)
        # From the suspect as it came: what is put around it below takes any number of arguments, without names.
        names = tuple(inputs) if isinstance(inputs, Mapping) else input_names(own_signature(suspect), len(values))
        options = dict(self.options)
        if has_tensors:
            values = tuple(as_array(x, f"input {n!r}") for n, x in zip(names, values, strict=True))
            options = {n: as_array(x, f"option {n!r}") for n, x in options.items()}
        arrays = tuple(cast(x, p, f"input {n!r}") for n, x in zip(names, values, strict=True))
        forward, backward, twin = suspect, self.backward, self.twin
        if by_name:
            forward, twin = by_keyword(forward, names), by_keyword(twin, names)
            backward = None if backward is None else by_keyword(backward, names)
        code = TensorCode(forward, p)
        if has_tensors:
            forward, backward = code, backward and TensorCode(backward, p)
        form = jax.adapt(forward, backward, p) if is_jax else None
        if form is not None:
            forward, backward = form.forward, form.backward
        elif not has_tensors:
            forward, backward = ForeignCode(forward, p), backward and ForeignCode(backward, p)
        forward, backward = writing(forward, backward, names, self.manner.writes)
        options = {k: cast_option(v, p, k) for k, v in options.items()}
        wanted = with_gradient(arrays, names, self.differentiable, needed=backward is not None)
        subject = Subject(
            forward,
            backward,
            Twin(twin, options),
            Inputs(arrays, names, wanted, options),
            replace(self.manner, asked=at.asked),
            p,
            at.device,
            seed_from(f"{at.name}/{dtype}", at.seed),
        )
        if form is not None and form.gradient is not None:
            return differentiated(subject, form.gradient(wanted), promised=False)
        pullback = Pullback(code, wanted)
        promised = has_tensors and promises_a_graph(suspect)
        return differentiated(subject, pullback, promised=promised) if has_tensors and backward is None else subject
