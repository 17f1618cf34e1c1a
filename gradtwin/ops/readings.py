"""The readings of a suspect and its twin by a convention: each makes another subject, to be judged as any."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradtwin.core.call import enter
from gradtwin.core.pairs import conjugated
from gradtwin.core.readings import Change, Watched, changes
from gradtwin.core.report import Finding
from gradtwin.ops.gradients import gradients_by_name
from gradtwin.ops.subject import Subject

__all__ = ["Reading", "Readings"]


@dataclass(frozen=True)
class Reading:
    """One way of taking a suspect and its twin by conventions, at every precision alike.

    Parameters
    ----------
    names : tuple of str
        Names of `CONVENTIONS`.
    change : callable
        Returns a subject, read so.
    """

    names: tuple[str, ...]
    change: Callable[[Subject], Subject]

    def then(self, other: Reading) -> Reading:
        """Return the reading by both, this one first."""
        return Reading((*self.names, *other.names), lambda subject: other.change(self.change(subject)))


@dataclass(frozen=True)
class Readings:
    """The ways in which a subject may be read, by the names of conventions."""

    subject: Subject

    def by(self, name: str) -> list[Reading]:
        """Return the readings by one convention: of a gradient turned from rows, or of a twin changed."""
        if name == "gradient by row":
            return [Reading((name,), change) for change in _by_row(self.subject)]
        if name == "gradient without the conjugate":
            judges_pairs = self.subject.backward is not None and any(self.subject.inputs.pairs)
            return [Reading((name,), _without_conjugate)] if judges_pairs else []
        return [Reading((name,), _of_twin(change)) for change in changes(name, self._watched)]

    @cached_property
    def _watched(self) -> Watched:
        inputs = self.subject.inputs

        def run(change: Change) -> object:
            return _of_twin(change)(self.subject).twin.start(inputs.arrays, inputs.wanted, "float64")

        return Watched(run, [x for x in inputs.arrays if isinstance(x, np.ndarray)], bool(self.subject.sizes))


def _of_twin(change: Change) -> Callable[[Subject], Subject]:
    return lambda s: replace(s, twin=s.twin.altered(change(s.twin.code)))


def _without_conjugate(subject: Subject) -> Subject:
    """Return the subject whose backward takes conjugate cotangents, and of whose gradients conjugates are taken.

    Of the derivative d that leaves its conjugate: conj(conj(grad) d) is grad conj(d).
    """
    own, inputs = subject.backward, subject.inputs
    if own is None:
        return subject

    def backward(*arguments: Any, **options: Any) -> Any:
        are_complex = subject.twin.complex_outputs
        grads = arguments[0] if isinstance(arguments[0], tuple) else arguments[:1]
        turned = tuple(conjugated(g) if is_pair else g for g, is_pair in zip(grads, are_complex, strict=True))
        grad = turned if isinstance(arguments[0], tuple) else turned[0]
        gradients = gradients_by_name(subject, enter(own, grad, *arguments[1:], **options))
        if isinstance(gradients, Finding):
            return None
        pairs = dict(zip(inputs.names, inputs.pairs, strict=True))
        return tuple(
            g if g is None or not pairs[n] else conjugated(g) for n in inputs.names for g in (gradients.get(n),)
        )

    return replace(subject, backward=backward)


def _by_row(subject: Subject) -> Iterator[Callable[[Subject], Subject]]:
    """Yield the changes that turn the gradients which can be turned: all of them, then one alone."""
    inputs, judged = subject.inputs, subject.backward is not None
    wanted = [w and judged and x.ndim in (1, 2) for x, w in zip(inputs.arrays, inputs.wanted, strict=True)]
    turned = [n for n, w in zip(inputs.names, wanted, strict=True) if w]
    for names in ([turned] if turned else []) + ([[n] for n in turned] if len(turned) > 1 else []):
        yield functools.partial(_with_turned, names)


def _with_turned(names: Sequence[str], subject: Subject) -> Subject:
    """Return the subject whose backward has some of its gradients turned from rows."""
    own = subject.backward
    if own is None:
        return subject
    shapes = {n: np.shape(x) for n, x in zip(subject.inputs.names, subject.inputs.arrays, strict=True)}

    def backward(*arguments: Any, **options: Any) -> Any:
        value = enter(own, *arguments, **options)
        gradients = gradients_by_name(subject, value)
        if isinstance(gradients, Finding):
            return value
        for n in names:
            g, rows = gradients.get(n), (shapes[n][::-1], (1, *shapes[n][:1]))
            if g is not None and g.shape in rows and g.size == math.prod(shapes[n]):
                gradients[n] = g.T.reshape(shapes[n])
        return tuple(gradients.get(n) for n in subject.inputs.names)

    return replace(subject, backward=backward)
