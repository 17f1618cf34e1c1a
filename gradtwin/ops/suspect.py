"""A suspect as functions of arrays: what it takes by name, what it writes instead of returning, and code of tensors."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradtwin.core.call import Code, aside, enter
from gradtwin.core.errors import UsageError, one_of
from gradtwin.core.pairs import OfPairs, as_complex
from gradtwin.forms.reading import Reading
from gradtwin.ops.history import returning_written
from gradtwin.ops.subject import Subject

__all__ = ["by_keyword", "differentiated", "twin_of", "writing"]


def writing(
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


def by_keyword(function: Code, names: Sequence[str]) -> Code:
    """Return `function` with its last positional arguments passed by these names."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        first = len(arguments) - len(names)
        return enter(function, *arguments[:first], **dict(zip(names, arguments[first:], strict=True)), **options)

    return call


def twin_of(twin: Code | None, reading: Reading, *, has_backward: bool) -> Code:
    """Return the twin: the one that was passed, or the suspect's own forward, where that can tell of its gradient.

    Raises
    ------
    UsageError
        If there is neither.
    """
    if twin is not None:
        return twin
    has_gradient_by_hand = reading.promises or has_backward
    if reading.own_forward is None or not has_gradient_by_hand:
        raise UsageError(
            "Expected a twin, a PyTorch function that computes the same; got none. Without one the gradients of a "
            "torch.autograd.Function, of an operator of torch.library or of a function of tensors with a backward are "
            "held against those that autograd makes of its own forward."
        )
    return reading.own_forward


def differentiated(subject: Subject, code: Any, reading: Reading) -> Subject:
    """Return the subject with the backward that the framework of the suspect makes of it, if it makes one.

    A plain function whose result carries no graph, as a kernel's wrapper, has none, and is judged in its values, and
    so is one that returns labels.
    """
    if reading.framework.pullback is None:
        return subject
    pullback = reading.framework.pullback(code, subject.inputs.wanted)
    pairs, twin = subject.inputs.pairs, subject.twin
    whole = replace(subject, backward=OfPairs(pullback, pairs, lambda: twin.complex_outputs))
    if subject.manner.decides or not any(whole.wanted):
        return subject
    promised = reading.promises and any(o.requires_grad for o in whole.native.outputs)
    return whole if promised or _has_graph(whole, pullback) else subject


def _has_graph(subject: Subject, pullback: Any) -> bool:
    """Return whether the results carry a graph: on other inputs, lest a cache of results knows those that are judged.

    One that cannot be run on them is asked on its own, and its judgement says what is wrong if it cannot be run at all.
    """
    for inputs in (*subject.others, subject.inputs):
        arrays = [as_complex(x) if is_pair else x for x, is_pair in zip(inputs.arrays, inputs.pairs, strict=True)]
        outcome = aside("forward", pullback.has_graph, [arrays, dict(inputs.options)], {}, subject.places)
        if not outcome.findings:
            return bool(outcome.value)
    return False
