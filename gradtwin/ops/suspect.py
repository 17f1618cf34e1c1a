"""A suspect as functions of arrays: what it takes by name, what it writes instead of returning, and code of tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gradtwin.core.call import Code, aside
from gradtwin.core.errors import UsageError, one_of
from gradtwin.core.pairs import as_complex
from gradtwin.forms.examination import Examination
from gradtwin.forms.form import Examine, Form, Graph
from gradtwin.forms.jax import as_twin
from gradtwin.ops.history import returning_written
from gradtwin.ops.inputs import Inputs
from gradtwin.ops.subject import Subject

__all__ = ["differentiated", "twin_of", "writing"]


UNDIFFERENTIATED = "gradients are not judged: with inputs that require one, forward {}"


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


def twin_of(twin: Code | None, form: Form, *, has_backward: bool) -> Code:
    """Return the twin: the one that was passed, or the suspect's own forward, where that can tell of its gradient.

    Raises
    ------
    UsageError
        If there is neither.
    """
    if twin is not None:
        of_tensors: Code = as_twin(twin)
        return of_tensors
    has_gradient_by_hand = form.promises or has_backward
    if form.own_forward is None or not has_gradient_by_hand:
        raise UsageError(
            "Expected a twin, a PyTorch function that computes the same; got none. Without one the gradients of a "
            "torch.autograd.Function, of an operator of torch.library, of a jax.custom_vjp or of a function with a "
            "backward are held against the derivative of its own forward."
        )
    return form.own_forward


def differentiated(subject: Subject, code: Any, form: Form, of_arrays: Callable[..., Any]) -> Subject:
    """Return the subject with the backward that the framework of the suspect makes of it, if it makes one.

    A plain function whose result carries no graph, as a kernel's wrapper, has none, and is judged in its values, and
    so is one that returns labels. `of_arrays` makes of a backward one of what the subject is called with.
    """
    make, apart = form.framework.pullback, subject.manner.apart
    if make is None:
        return subject

    def gradient(wanted: Sequence[bool], output: int | None = None) -> Code:
        function: Code = of_arrays(apart("backward", make(code, wanted, output)), is_backward=True)
        return function

    whole = replace(subject, backward=gradient(subject.inputs.wanted))
    if subject.manner.decides or not any(whole.wanted):
        return subject
    graph, refusal = _graph(whole, make(code, subject.inputs.wanted, None))
    promised = form.promises and any(o.requires_grad for o in whole.native.outputs)
    if not graph.exists and not promised:
        return subject if refusal is None else _with_remark(subject, UNDIFFERENTIATED.format(refusal))
    examine = [x for x in (form.examine, form.framework.examine if graph.by_hand else None) if x is not None]
    origin = replace(subject.origin, gradient=gradient if graph.by_hand else None)
    if examine and not subject.manner.is_isolated:  # a look at it from here would run it here
        origin = replace(origin, examine=lambda: _examined(examine, code, whole))
    return replace(whole, origin=origin)


def _with_remark(subject: Subject, remark: str) -> Subject:
    return replace(subject, origin=replace(subject.origin, remarks=(*subject.origin.remarks, remark)))


def _graph(subject: Subject, pullback: Any) -> tuple[Graph, str | None]:
    """Return what is known of the results: on other inputs, lest a cache of results knows those that are judged.

    One that cannot be run on them is asked on its own. With it comes what was raised, where it cannot be run at all.
    """
    refusal = None
    graph_of = subject.manner.apart("forward", pullback.graph)
    for inputs in (*subject.others, subject.inputs):
        outcome = aside("forward", graph_of, [_unpaired(inputs), dict(inputs.options)], {}, subject.places)
        if not outcome.findings:
            return Graph(*outcome.value), None
        refusal = outcome.findings[0].message
    return Graph(exists=False, by_hand=False), refusal


def _unpaired(inputs: Inputs) -> list[Any]:
    return [as_complex(x) if is_pair else x for x, is_pair in zip(inputs.arrays, inputs.pairs, strict=True)]


def _examined(examine: Sequence[Examine], code: Any, subject: Subject) -> Examination:
    """Return what all who look at a suspect see."""
    inputs = subject.inputs
    options = {n: code.tensor(x) for n, x in inputs.options.items()}
    tensors = [code.tensor(x) for x in _unpaired(inputs)]
    examinations = [look(functools.partial(code.function, **options), tensors, inputs.wanted) for look in examine]
    return Examination.joined(examinations)
