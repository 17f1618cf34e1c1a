"""A suspect as functions of arrays: what it takes by name, what it writes instead of returning, and code of tensors."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradtwin.core.call import Code, aside, enter
from gradtwin.core.errors import one_of
from gradtwin.ops.history import returning_written
from gradtwin.ops.subject import Subject

__all__ = ["by_keyword", "differentiated", "writing"]


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


def differentiated(subject: Subject, pullback: Any, *, promised: bool) -> Subject:
    """Return the subject with the backward that its framework makes of it.

    A plain function whose result carries no graph, as a kernel's wrapper, has none, and is judged in its values, and
    so is one that returns labels.
    """
    whole = replace(subject, backward=pullback)
    if subject.manner.decides or not any(whole.wanted):
        return subject
    has_to = promised and any(o.requires_grad for o in whole.native.outputs)
    return whole if has_to or _has_graph(whole, pullback) else subject


def _has_graph(subject: Subject, pullback: Any) -> bool:
    """Return whether the results carry a graph: on other inputs, lest a cache of results knows those that are judged.

    One that cannot be run on them is asked on its own, and its judgement says what is wrong if it cannot be run at all.
    """
    for inputs in (*subject.others, subject.inputs):
        outcome = aside("forward", pullback.has_graph, [inputs.arrays, dict(inputs.options)], {}, subject.places)
        if not outcome.findings:
            return bool(outcome.value)
    return False
