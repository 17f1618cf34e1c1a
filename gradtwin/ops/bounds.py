"""The bound as a function, and as an assertion: for tests that have a reference and a literal for a tolerance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradtwin.core.arguments import public_check
from gradtwin.core.call import Code
from gradtwin.core.carrier import dtype_name
from gradtwin.core.conditions import Conditions
from gradtwin.core.controls import Controls
from gradtwin.core.coverage import VALUES, Part
from gradtwin.core.errors import UsageError, shown
from gradtwin.core.hold import hold
from gradtwin.core.report import Finding, times
from gradtwin.core.results import magnitude
from gradtwin.core.together import together
from gradtwin.forms.tensors import as_array
from gradtwin.ops.inputs import Provides, as_asked
from gradtwin.ops.problem import Problem
from gradtwin.ops.quantity import covered, structure
from gradtwin.ops.subject import Manner, Subject, numbered

if TYPE_CHECKING:
    import torch

__all__ = ["assert_close", "bound"]


@public_check
def bound(
    reference: Code,
    inputs: Provides,
    *,
    options: Mapping[str, Any] | None = None,
    dtype: Any = None,
    accumulator_dtype: Any = None,
    device: str = "cpu",
    seed: int = 0,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Return how far honest rounding can carry a result of `reference` from what it is in float64, elementwise.

    Parameters
    ----------
    reference : callable
        A function of tensors; it runs in float64 on the CPU, on the inputs as they are rounded to `dtype`.
    inputs : sequence or mapping
        Arrays or tensors, by position or by name.
    options : mapping, optional
        Keyword arguments of `reference`.
    dtype : str or torch.dtype, optional
        The precision of the result; the widest of the floating inputs if not given.
    accumulator_dtype : str or torch.dtype, optional
        The precision in which sums are added up, where it is not float32 or finer.
    device : str
        Where `reference` has to run at that precision: ``cpu``, ``cuda`` or ``cuda:N``.
    seed : int
        Seed of the shadow runs.

    Returns
    -------
    Tensor, or tuple of them
        The largest difference that rounding explains, in float64, for each output of `reference` and of its shape.

    Raises
    ------
    UsageError
        If an argument is not of the form above, or `reference` does not run on the inputs at that precision.
    """
    import torch

    at = Conditions((dtype,) if dtype else (), device, seed, asked=dtype is not None)
    subject = _subject(reference, inputs, options, accumulator_dtype, at)
    truth = subject.truth(())
    looks = [truth.output(i).closest() for i in range(len(subject.native.outputs))]
    bounds = tuple(torch.from_numpy(np.array(e.bound)) for e in looks if e is not None)
    return bounds[0] if len(bounds) == 1 else bounds


@public_check
def assert_close(
    actual: Any,
    reference: Code,
    inputs: Provides,
    *,
    options: Mapping[str, Any] | None = None,
    accumulator_dtype: Any = None,
    device: str = "cpu",
    seed: int = 0,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise AssertionError unless `actual` is what `reference` makes of the inputs, to within honest rounding.

    It takes the place of `torch.testing.assert_close`, whose tolerances become the measured bound at the precision of
    `actual`.

    Parameters
    ----------
    actual : tensor or array, or tuple of them
        What the code under test made of these inputs; one for each output of `reference`.
    reference : callable
        A function of tensors; it runs in float64 on the CPU, on the inputs as they are rounded to the type of `actual`.
    inputs : sequence or mapping
        Arrays or tensors, by position or by name.
    options, accumulator_dtype, device, seed
        As for `bound`.
    msg : str or callable, optional
        What the error says instead, or a function that makes it of what it would say.

    Raises
    ------
    AssertionError
        If shape, type or values differ, or if the bound at these inputs would let a wrong result pass, too.
    UsageError
        If an argument is not of the form above, or `reference` does not run on the inputs at that precision.
    """
    __tracebackhide__ = True
    results = actual if isinstance(actual, (tuple, list)) else (actual,)
    arrays = [as_array(x, "actual") for x in results]
    if not arrays or not all(isinstance(x, np.ndarray) for x in arrays):
        raise UsageError(f"Expected actual to be a tensor or an array, or a tuple of them; got {shown(actual)}.")
    dtypes = tuple(dtype_name(x) for x in arrays if x.dtype.kind == "f")[:1]
    at = Conditions(dtypes, device, seed, asked=bool(dtypes))
    findings = _findings(_subject(reference, inputs, options, accumulator_dtype, at), arrays)
    if findings:
        message = "\n".join(map(_worded, findings))
        raise AssertionError(message if msg is None else msg(message) if callable(msg) else msg)


def _subject(
    reference: Code, inputs: Provides, options: Mapping[str, Any] | None, accumulator_dtype: Any, at: Conditions
) -> Subject:
    """Return the reference as a subject of which the values are asked."""
    manner = Manner(accumulator_dtype=accumulator_dtype)
    at = as_asked(at, inputs)
    return Problem(reference, None, reference, inputs, options or {}, manner=manner).subject(at.dtypes[0], at)


def _findings(subject: Subject, arrays: Sequence[Any]) -> list[Finding]:
    """Return what is wrong with the arrays, each beside an output of the reference."""
    expected = subject.native.answer(()).outputs
    names = numbered("actual", len(expected))
    form = structure(names, arrays, expected, asked=True)
    if form.findings:
        return list(form.findings)
    truth, inputs = subject.truth(()), subject.inputs
    findings = []
    for i, (name, got) in enumerate(zip(names, arrays, strict=True)):
        controls = Controls(inputs.terms, size=magnitude(inputs.arrays, "f"), terms=inputs.longest)
        comparison = hold(name, got, truth.output(i), controls)
        assert comparison is not None  # the shadows of a function have one shape
        comparison = together(comparison, got)
        coverage = covered(subject, comparison, got, Part(VALUES, name), i)
        findings += [Finding("inconclusive", name, f"proves nothing: {why}") for why in coverage.unproven.values()]
        if comparison.finding is not None or comparison.controls.slipped:
            findings.append(comparison.finding or comparison.unproven)
    return findings


def _worded(finding: Finding) -> str:
    """Return a finding in the manner of torch's own assertions."""
    said = f"{finding.quantity} {finding.message}.".replace("the twin", "the reference")
    if finding.index is None or finding.ratio is None:
        return said
    share = f"{finding.wrong} / {finding.total} ({100 * (finding.wrong or 0) / (finding.total or 1):.1f}%)"
    allowed = f"up to {finding.bound:.3g} allowed by rounding, {times(finding.ratio)} that"
    return (
        f"{said}\n\nMismatched elements: {share}\n"
        f"Worst difference: {finding.difference:.3g} at index {finding.index} ({allowed})\n"
        f"Expected {finding.expected:.9g}, got {finding.got:.9g}"
    )
