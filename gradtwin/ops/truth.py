"""What the twin says of the outputs and the gradients: plain runs once a case, shadow runs as far as somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CLOSER_LOOKS, FIRST_LOOK, K, Precision, allowed
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.core.stack import NotStackableError
from gradtwin.core.truth import Expectation
from gradtwin.ops.twin import Evaluation, Forward, Question, Twin, answered

__all__ = ["OpTruth", "Terms"]

Array = NDArray[Any]

STACK = 2**16
"""Numbers of all arrays of a stack together, beyond which a pass for all runs is no faster than a pass for each."""

ASIDE = 50
"""How much further from the truth than from each other the runs of a stack are before it is run without noise as well:
of four honest runs one in a million is so by chance."""


@dataclass(frozen=True)
class Terms:
    """On which terms a twin is asked: its precision and device, the seed of the noise, and whether it may round."""

    precision: Precision
    device: str
    seed: int
    exact: bool = False


class OpTruth:
    """The twin's answers to one question; the shadow runs are shared by all who ask.

    Parameters
    ----------
    twin : Twin
        The twin.
    question : Question
        What it is run on.
    terms : Terms
        On which terms.
    native : Forward
        The run at the precision, and on the device, under test, gone forward.
    """

    def __init__(self, twin: Twin, question: Question, terms: Terms, native: Forward) -> None:
        self.twin = twin
        self.question = question
        self.terms = terms
        self._native = native
        # A gradient is linear in its cotangents: those of zeros are zeros, however the rest is rounded.
        self._shadowed = [k for k, choice in enumerate(question.cotangents) if any(np.any(c) for c in choice)]
        self._spreads: list[Array | None] | None = None
        self._runs = 0
        self._stackable = True

    @cached_property
    def plain(self) -> Evaluation:
        """The run in float64."""
        return self.twin.run(self.question)

    @cached_property
    def native(self) -> Evaluation:
        """The run at the precision, and on the device, under test."""
        terms, question = self.terms, self.question

        def again() -> Forward:
            return self.twin.forward(question.inputs, question.wanted, terms.precision.name, terms.device)

        return answered(self._native, question.cotangents, again)

    def output(self, i: int) -> _Look:
        """Return what the twin says of an output."""
        return _Look(self, i)

    def gradient(self, choice: int, j: int) -> _Look:
        """Return what the twin says of the gradient of an input, for a choice of cotangents."""
        return _Look(self, len(self.plain.outputs) + choice * len(self.question.inputs) + j)

    def expectation(self, place: int, runs: int) -> Expectation | None:
        """Return what the twin says of one of its answers, after at least that many shadow runs."""
        truth, native = self.plain.arrays[place], self.native.arrays[place]
        if truth is None or native is None:
            return None
        while not self.terms.exact and self._runs < runs:
            self._look(runs - self._runs)
        spread = None if self._spreads is None else self._spreads[place]
        finite = np.zeros(truth.shape) if spread is None else np.where(np.isfinite(spread), spread, 0.0)
        return Expectation(np.asarray(truth, np.float64), finite, native, self.terms.precision, self.terms.exact)

    def _look(self, runs: int) -> None:
        """Take further shadow runs: in one pass if the twin can be run so, else one after the other."""
        question = replace(self.question, cotangents=[self.question.cotangents[k] for k in self._shadowed])
        size = sum(x.size for x in (*self.plain.arrays, *question.inputs) if isinstance(x, np.ndarray))
        together = min(runs, STACK // max(size, 1))
        if self._stackable and together > 1:
            try:
                self._take(self._stack(question, together), axis=True)
                self._runs += together
                return
            except NotStackableError:
                self._stackable = False
        try:
            self._take(self.twin.run(question, shadow=self._shadow()), axis=False)
        except UsageError as error:
            raise UsageError(
                f"Expected inputs at which the twin gives a result however it rounds at {self.terms.precision.name}; "
                f"without noise it does, with noise: {error}"
            ) from error
        self._runs += 1

    def _shadow(self, *, stack: bool = False) -> TorchShadow:
        p = self.terms.precision
        return TorchShadow(K * p.unit, K * p.eta, self.terms.seed + self._runs, stack=stack)

    def _stack(self, question: Question, runs: int) -> Evaluation:
        """Take a stack of shadow runs, and see to it that vmap has made of the twin what it is."""
        noisy = self.twin.stack(question, self._shadow(stack=True), runs)
        truths = self._answers(self.plain)
        if any(_aside(truth, x) for truth, x in zip(truths, noisy.arrays, strict=True)):
            quiet = self.twin.stack(question, None, 1)
            if any(self._differs(*x) for x in zip(truths, noisy.arrays, quiet.arrays, strict=True)):
                raise NotStackableError("another result on a stack")
        return noisy

    def _differs(self, truth: Array | None, noisy: Array | None, quiet: Array | None) -> bool:
        """Return whether a stack without noise is further from the truth than rounding explains."""
        if truth is None or noisy is None or quiet is None:
            return False
        with np.errstate(invalid="ignore"):
            spread = np.fmax.reduce(np.abs(np.asarray(noisy, np.float64) - truth), axis=0)
            apart = np.abs(np.asarray(quiet[0], np.float64) - truth) > allowed(truth, spread, self.terms.precision)
        return bool(np.any(apart))

    def _answers(self, e: Evaluation) -> Sequence[Array | None]:
        """Return the answers of a run for all choices of cotangents, but for those that are not shadowed."""
        return (*e.outputs, *(g for k in self._shadowed for g in (e.gradients[k] if e.gradients else ())))

    def _take(self, e: Evaluation, *, axis: bool) -> None:
        """Take in the distances of one run from the truth, or those of a stack."""
        if self._spreads is None:
            self._spreads = [None] * len(self.plain.arrays)
        count, width = len(self.plain.outputs), len(self.question.inputs)
        places = [*range(count), *(count + k * width + j for k in self._shadowed for j in range(width))]
        for place, truth, noisy in zip(places, self._answers(self.plain), e.arrays, strict=True):
            if truth is None or noisy is None:
                continue
            with np.errstate(invalid="ignore"):
                distance = np.abs(np.asarray(noisy, np.float64) - truth)
            distance = np.fmax.reduce(distance, axis=0) if axis else distance
            before = self._spreads[place]
            self._spreads[place] = distance if before is None else np.fmax(before, distance)


def _aside(truth: Array | None, runs: Array | None) -> bool:
    """Return whether runs lie much closer to each other than to the truth, as those of another function would."""
    if truth is None or runs is None or runs.dtype.kind != "f" or runs.shape[1:] != truth.shape:
        return truth is not None and runs is not None
    with np.errstate(invalid="ignore"):
        apart = np.max(runs, axis=0) - np.min(runs, axis=0)
        return bool(np.any(np.abs(runs[0] - truth) > ASIDE * apart))


@dataclass
class _Look:
    """What the twin says of one of its answers, at first and closer."""

    truth: OpTruth
    place: int
    looks: int = 0

    def first(self) -> Expectation | None:
        """Return the expectation after the first look."""
        return self.truth.expectation(self.place, FIRST_LOOK)

    def closer(self) -> Expectation | None:
        """Return the expectation after the next look."""
        self.looks += 1
        return self.truth.expectation(self.place, FIRST_LOOK + sum(CLOSER_LOOKS[: self.looks]))

    def closest(self) -> Expectation | None:
        """Return the expectation after all looks."""
        return self.truth.expectation(self.place, FIRST_LOOK + sum(CLOSER_LOOKS))
