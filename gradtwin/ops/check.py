"""Judging a forward and its hand-derived backward against a PyTorch twin."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from gradtwin.core.arguments import public_check
from gradtwin.core.bound import HUNT_WORK
from gradtwin.core.call import Code
from gradtwin.core.conditions import TRIED, Allowance, Conditions
from gradtwin.core.conventions import accepted
from gradtwin.core.errors import UsageError, one_of, shown
from gradtwin.core.guards import Draws
from gradtwin.core.report import Finding, Report
from gradtwin.forms.backwards import Derivative, ValueAndGrad
from gradtwin.forms.layers import Layer, LayerObject, layer_of
from gradtwin.forms.recognise import is_code, title_of
from gradtwin.ops.chance import chance_in
from gradtwin.ops.conventions import judged_by_convention
from gradtwin.ops.evaluation import Question
from gradtwin.ops.hunted import hunted
from gradtwin.ops.inputs import Provider, Provides, as_asked
from gradtwin.ops.labels import with_margin
from gradtwin.ops.made_inputs import made_inputs
from gradtwin.ops.problem import Problem
from gradtwin.ops.subject import Manner, Subject

__all__ = ["check", "judged", "require_code"]


FORMS = (
    ", a function of arrays or tensors, or an object with forward and backward, an nn.Module, an autograd Function, an "
    "operator, or what gradtwin.layer, gradtwin.value_and_grad or gradtwin.kernel makes"
)
ADAPTED = " Two functions adapt anything: forward(*inputs), which returns the result, and backward(grad, *inputs)."
LIMITS = ("note", "refuse")
"""What may become of a limit."""


@public_check
def check(
    forward: Code | LayerObject | Layer | ValueAndGrad,
    backward: Code | Derivative | None = None,
    *,
    twin: Code | None = None,
    inputs: Provides | Provider | None = None,
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
    limits: str = "note",
    effort: str | None = None,
    jacobian: bool = False,
    form: str | None = None,
    outputs: str | Sequence[str] | None = None,
    isolate: bool | Mapping[str, float] | Allowance = False,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge `forward`, and `backward` if given, against `twin`.

    Parameters
    ----------
    forward : callable or object
        ``forward(*inputs, **options)`` returns an array, a tuple or a dict of them. Where an input is a tensor it takes
        and returns tensors, and so does an ``nn.Module``, a ``torch.autograd.Function``, an operator of
        ``torch.library`` or a function that was scripted, compiled or exported. Of a module the parameters, which its
        twin has under the same names, are judged as inputs, and in training mode the buffers as outputs. An object, or
        its class, with ``forward`` and ``backward`` of arrays keeps parameters, which are inputs here, and their
        gradients; where they are not found, `gradtwin.layer` tells. A function of `gradtwin.value_and_grad` returns
        its gradient, too.
    backward : callable, optional
        ``backward(grad, *inputs, **options)`` returns the gradient of the one differentiable input, a tuple in the
        order of the differentiable inputs, or a NamedTuple or a dict by their names. Where its parameters have names
        that say so, they may come in another order, and be what the forward returns: its output, or the cache after
        that. One without a cotangent is the gradient of a number, or `gradtwin.derivative` of elements. Of a forward of
        tensors it is what autograd makes of it, if not given; a function whose result has no graph has none.
    twin : callable, optional
        The PyTorch function; takes tensors where `forward` takes arrays, and the same options. It runs in float64
        on the CPU for the truth, and at each precision on `device`. If not given, the gradients are held against
        the derivative of the suspect's own forward, and the values are not judged: that which autograd makes of it, or
        of its operations where it is code of arrays that `torch.compile` traces; else that by the complex step, where
        the code is analytic and takes complex arrays; else that by differences.
    inputs : sequence, mapping, or callable
        Arrays or tensors, dicts, tuples and dataclasses of them, and what else both sides take, by position or by name,
        or a function of a `numpy.random.Generator` that returns them. Floating arrays are cast to the precision under
        test. If not given, inputs that the twin is known to take, or is seen to take.
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
    limits : str
        What becomes of a limit, something that does not work and that nobody claimed, such as a transform of
        `torch.func` over a ``torch.autograd.Function``: ``note`` lists it, ``refuse`` makes it a fault.
    effort : str, optional
        How much is tried besides the inputs at hand, once these match: other values, sizes, layouts, cotangents and
        options, wherever the twin has a finite answer. ``none`` (where inputs are given, if not said otherwise),
        ``quick``, ``normal`` (where none are given; one to three seconds) or ``deep``. A difference at inputs of the
        same number of axes is a fault; at others, and beyond magnitudes of 1e-8 to 1e4, it is a limit, as is a
        ``raise`` of the suspect's own. Where no inputs are given, results of other numbers of axes count as well.
    jacobian : bool
        Whether the gradient of every single element of the outputs is judged as well: each entry of the Jacobian by
        its own size, so that none hides beside larger ones. It takes a run for each element.
    form : str, optional
        What `backward` takes by position, where the names of its parameters do not tell, such as
        ``backward(cache, grad)``: ``grad`` is the cotangent, ``output`` what the forward returns, ``cache`` what it
        returns after that, ``*inputs`` all inputs; else the name of an input.
    outputs : str or sequence of str, optional
        How the report calls the outputs.
    isolate : bool or mapping
        Whether the suspect runs in a process of its own, where it cannot reach its twin or harm whoever checks it: one
        that dies, never returns, exits or asks for too much memory is a `crash`. Limits other than
        ``{"seconds": 60, "bytes": 4 * 2**30}``, of a call, are given as such a mapping. The twin is first tried in such
        a process, too. Needs the extra ``isolation``.
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

    Examples
    --------
    >>> import numpy as np, torch, gradtwin
    >>> x = np.linspace(-2, 2, 6)
    >>> forward = lambda x: x / (1 + np.exp(-x))
    >>> backward = lambda grad, x: grad / (1 + np.exp(-x))  # one factor of the product rule is forgotten
    >>> report = gradtwin.check(forward, backward, twin=torch.nn.functional.silu, inputs=[x])
    >>> report.verdict, report.findings[0].quantity
    ('mismatch', 'gradient of x')
    """
    require_code({"forward": forward}, {"backward": backward, "twin": twin})
    if backward is not None and margin is not None:
        raise UsageError("Expected no margin beside a backward, since labels have no gradient; got both.")
    title = name or title_of(forward)
    has_inputs = inputs is not None
    if inputs is None:
        inputs, options = _made(forward, twin, options, seed)
        dtypes = TRIED if dtypes is None else dtypes
    writes = (mutates_args,) if isinstance(mutates_args, str) else tuple(mutates_args)
    problem = Problem(
        forward,
        backward,
        twin if margin is None or twin is None else with_margin(twin, margin),
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
            jacobian=jacobian,
            effort=one_of("effort", ("none" if has_inputs else "normal") if effort is None else effort, HUNT_WORK),
            has_inputs=has_inputs,
        ),
        form=form,
    )
    at = Conditions(tuple(dtypes or ()), device, seed, title, command, asked=dtypes is not None)
    at = as_asked(at, inputs)
    report = _judged_apart(problem, at, isolate) if isinstance(isolate, Allowance) else judged(problem, at)
    return report.refusing_limits() if one_of("limits", limits, LIMITS) == "refuse" else report


def _judged_apart(problem: Problem, at: Conditions, allowance: Allowance) -> Report:
    from gradtwin.ops.apart import judged_apart  # not every system has such processes

    return judged_apart(judged, problem, at, allowance)


def _made(
    forward: Any, twin: Code | None, options: Mapping[str, Any] | None, seed: int
) -> tuple[Provides, Mapping[str, Any]]:
    if twin is None or layer_of(forward) is not None or not callable(forward):
        raise UsageError("Expected inputs, which only a twin beside a function tells where none are given; got None.")
    return made_inputs(forward, twin, options or {}, seed)


def require_code(needed: Mapping[str, Any], optional: Mapping[str, Any]) -> None:
    """Raise a UsageError where one of these is not what is called; the optional ones may be None."""
    for argument, value in {**needed, **optional}.items():
        if is_code(value) or (argument in optional and value is None):
            continue
        forms, advice = (FORMS, ADAPTED) if argument == "forward" else ("", "")
        raise UsageError(f"Expected {argument} to be callable{forms}; got {shown(value)}.{advice}")
    twin = {**needed, **optional}["twin"]
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
        if report.ok:
            dtype = subjects[0].precision.name
            report = Report.joined("", [report, hunted(subjects[0]).within(dtype)])
    origin = subjects[0].origin
    report = origin.told(report)
    remarks = (*origin.remarks, *report.remarks, *draws.notes)
    return replace(report, name=at.name, command=at.command, form=origin.words, remarks=remarks)


def _unless_by_chance(report: Report, subjects: Sequence[Subject]) -> Report:
    """Return the report; a twin that answers by chance accuses nobody, and proves nothing."""
    for subject in subjects:
        chance = chance_in(subject.twin, Question(subject.inputs.arrays, subject.wanted))
        if chance is not None:
            return Report("", (Finding("inconclusive", "twin", f"the twin {chance}"),), report.tally, report.remarks)
    return report
