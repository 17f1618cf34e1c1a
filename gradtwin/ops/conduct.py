"""What is called between the repetitions of a suspect: itself, on other inputs that its twin accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradtwin.core.call import Code, Conduct, enter
from gradtwin.core.results import arrays_in, replica
from gradtwin.ops.inputs import Inputs
from gradtwin.ops.subject import Subject

__all__ = ["backward_conduct", "forward_conduct"]


def forward_conduct(subject: Subject) -> Conduct:
    """Return what a forward may do, with forwards of other inputs between its calls."""
    asides = [_with_copies(subject.forward, x.arrays, x.options) for x in subject.others]
    return Conduct(subject.manner.writes, subject.places, interlude=asides)


def backward_conduct(subject: Subject, backward: Code, count: int, *, interlude: bool) -> Conduct:
    """Return what a backward of that many outputs may do, with a forward before it and both of others between calls."""
    of_grads = [f"grad {i}" for i in range(count) if "grad" in subject.manner.writes]
    conduct = Conduct((*subject.manner.writes, *of_grads), subject.places)
    if not interlude:
        return conduct
    inputs, asides = subject.inputs, [_there_and_back(subject.forward, backward, x) for x in subject.others]
    return replace(conduct, before=_with_copies(subject.forward, inputs.arrays, inputs.options), interlude=asides)


def _with_copies(function: Code, arguments: Sequence[Any], options: Mapping[str, Any]) -> Code:
    """Return the call of a function on copies, as a function of nothing."""
    return lambda: enter(function, *map(replica, arguments), **replica(dict(options)))


def _there_and_back(forward: Code, backward: Code, inputs: Inputs) -> Code:
    """Return a forward with its backward, as a function of nothing."""

    def call() -> Any:
        outputs = arrays_in(_with_copies(forward, inputs.arrays, inputs.options)())
        grads = [np.cos(np.arange(x.size)).reshape(x.shape).astype(x.dtype) for x in outputs]
        return _with_copies(backward, [*grads, *inputs.arrays], inputs.options)()

    return call
