"""What the twin says of the outputs and the gradients: plain runs once a case, shadow runs as far as somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import ASIDE, CLOSER_LOOKS, FIRST_LOOK, K, Precision, allowed, fragile_at, spread_of
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.core.stack import NotStackableError
from gradtwin.core.truth import Expectation
from gradtwin.ops.twin import Evaluation, Forward, Question, Twin, answered

__all__ = ["Look", "OpTruth", "Terms"]

Array = NDArray[Any]

STACK = 2**16
"""Numbers of all arrays of a stack together, beyond which a pass for all runs is no faster than a pass for each."""


@dataclass(frozen=True)
class Terms:
    """On which terms a twin is asked.

    Parameters
    ----------
    precision, accumulator : Precision
        That of the results, and that in which sums are added up.
    device : str
        Where the twin runs at the precision under test.
    seed : int
        Seed of the noise.
    exact : bool
        Whether it may not round.
    """

    precision: Precision
    accumulator: Precision
    device: str
    seed: int
    exact: bool = False


class OpTruth:
    """The twin's answers to one question; the shadow runs are shared by all who ask.

    `in_a_row` tells, once some were taken, whether they had to be made one after the other.

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
        self.forward = native
        # A gradient is linear in its cotangents: those of zeros are zeros, however the rest is rounded.
        self._shadowed = [k for k, choice in enumerate(question.cotangents) if any(np.any(c) for c in choice)]
        self._spreads: list[Array | None] = []
        self._fragile: dict[int, NDArray[np.bool_]] = {}
        self._runs: dict[int | None, int] = {}
        self.in_a_row = False

    @cached_property
    def plain(self) -> Evaluation:
        """The run in float64."""
        return self.twin.run(self.question)

    @cached_property
    def native(self) -> Evaluation:
        """The run at the precision, and on the device, under test."""
        terms, question = self.terms, self.question

        def again() -> Forward:
            return self.twin.start(question.inputs, question.wanted, terms.precision.name, terms.device)

        return answered(self.forward, question.cotangents, again)

    def output(self, i: int) -> Look:
        """Return what the twin says of an output."""
        return Look(self, i, None)

    def gradient(self, choice: int, j: int) -> Look:
        """Return what the twin says of the gradient of an input, for a choice of cotangents."""
        return Look(self, len(self.plain.outputs) + choice * len(self.question.inputs) + j, choice)

    def expectation(self, place: int, choice: int | None, runs: int) -> Expectation | None:
        """Return what the twin says of one of its answers, after at least that many shadow runs of it."""
        truth, native = self.plain.arrays[place], self.native.arrays[place]
        if truth is None or native is None:
            return None
        if not self.terms.exact and (choice is None or choice in self._shadowed):
            # The first look is one at everything; a closer one goes backward only for the choice that is asked about.
            while self._runs.get(choice, 0) < runs:
                chosen = self._shadowed if not self._runs else [k for k in self._shadowed if k == choice]
                self._look(chosen, runs - self._runs.get(choice, 0))
        spread = self._spreads[place] if self._spreads else None
        spread = np.zeros(truth.shape) if spread is None else spread
        exact, fragile = self.terms.exact, self._fragile.get(place)
        return Expectation(np.asarray(truth, np.float64), spread, native, self.terms.precision, exact, fragile)

    def _look(self, chosen: Sequence[int], runs: int) -> None:
        """Take further shadow runs for some choices: in one pass if the twin can be run so, else one run."""
        question = replace(self.question, cotangents=[self.question.cotangents[k] for k in chosen])
        size = sum(x.size for x in (*self.plain.arrays, *question.inputs) if isinstance(x, np.ndarray))
        together = min(runs, STACK // max(size, 1))
        if not self.in_a_row and together > 1:
            try:
                self._take(self._stack(question, chosen, together), chosen, stack=together)
                return
            except NotStackableError:
                self.in_a_row = True
        try:
            self._take(self.twin.run(question, shadow=self._shadow()), chosen)
        except UsageError as error:
            raise UsageError(
                f"Expected inputs at which the twin gives a result however it rounds at {self.terms.precision.name}; "
                f"without noise it does, with noise: {error}"
            ) from error

    def _shadow(self, *, stack: bool = False) -> TorchShadow:
        p, seed = self.terms.precision, self.terms.seed + self._runs.get(None, 0)
        return TorchShadow(K * p.unit, K * p.eta, seed, in_sums=K * self.terms.accumulator.unit, stack=stack)

    def _stack(self, question: Question, chosen: Sequence[int], runs: int) -> Evaluation:
        """Take a stack of shadow runs, and see to it that vmap has made of the twin what it is."""
        noisy = self.twin.stack(question, self._shadow(stack=True), runs)
        truths = self._answers(chosen)
        if any(_aside(truth, x) for truth, x in zip(truths, noisy.arrays, strict=True)):
            quiet = self.twin.stack(question, None, 2)  # one run alone may be a view where many are a copy
            if any(self._differs(*x) for x in zip(truths, noisy.arrays, quiet.arrays, strict=True)):
                raise NotStackableError("another result on a stack")
        return noisy

    def _differs(self, truth: Array | None, noisy: Array | None, quiet: Array | None) -> bool:
        """Return whether a stack without noise is further from the truth than noise moves it."""
        if truth is None or noisy is None or quiet is None:
            return False
        alone = np.asarray(quiet[0], np.float64)
        with np.errstate(invalid="ignore"):
            spread = np.fmax.reduce(np.abs(np.asarray(noisy, np.float64) - alone), axis=0)
            return bool(np.any(np.abs(alone - truth) > allowed(truth, spread, self.terms.precision)))

    def _answers(self, chosen: Sequence[int]) -> Sequence[Array | None]:
        """Return the outputs, and the gradients for some choices of cotangents, of the plain run."""
        e = self.plain
        return (*e.outputs, *(g for k in chosen for g in e.gradients[k]))

    def _take(self, e: Evaluation, chosen: Sequence[int], *, stack: int = 0) -> None:
        """Take in the distances from the truth of one run for some choices, or of a stack of that many."""
        count, width = len(self.plain.outputs), len(self.question.inputs)
        places = [*range(count), *(count + k * width + j for k in chosen for j in range(width))]
        self._spreads = self._spreads or [None] * len(self.plain.arrays)
        for place, truth, noisy in zip(places, self._answers(chosen), e.arrays, strict=True):
            if truth is None or noisy is None:
                continue
            shadows = np.asarray(noisy, np.float64) if stack else np.asarray(noisy, np.float64)[np.newaxis]
            distance, before = spread_of(truth, shadows), self._spreads[place]
            self._spreads[place] = distance if before is None else np.maximum(before, distance)
            if not np.all(np.isfinite(shadows)):
                fragile = fragile_at(truth, shadows)
                self._fragile[place] = self._fragile.get(place, fragile) | fragile
        for group in (None, *chosen):
            self._runs[group] = self._runs.get(group, 0) + (stack or 1)


def _aside(truth: Array | None, runs: Array | None) -> bool:
    """Return whether runs lie much closer to each other than to the truth, as those of another function would."""
    if truth is None or runs is None or runs.dtype.kind != "f" or runs.shape[1:] != truth.shape:
        return truth is not None and runs is not None
    with np.errstate(invalid="ignore"):
        apart = np.max(runs, axis=0) - np.min(runs, axis=0)
        return bool(np.any(np.abs(runs[0] - truth) > ASIDE * apart))


@dataclass
class Look:
    """What the twin says of one of its answers, at first and closer."""

    truth: OpTruth
    place: int
    choice: int | None
    looks: int = 0

    def first(self) -> Expectation | None:
        """Return the expectation after the first look."""
        return self.truth.expectation(self.place, self.choice, FIRST_LOOK)

    def closer(self) -> Expectation | None:
        """Return the expectation after the next look."""
        self.looks += 1
        return self.truth.expectation(self.place, self.choice, FIRST_LOOK + sum(CLOSER_LOOKS[: self.looks]))

    def summing_in(self, accumulator: Precision) -> Expectation | None:
        """Return the expectation of sums in that precision; None where sums are taken so already."""
        terms = self.truth.terms
        if terms.accumulator == accumulator:
            return None
        truth = self.truth
        coarse = OpTruth(truth.twin, truth.question, replace(terms, accumulator=accumulator), truth.forward)
        return replace(self, truth=coarse).closest()

    def closest(self) -> Expectation | None:
        """Return the expectation after all looks."""
        return self.truth.expectation(self.place, self.choice, FIRST_LOOK + sum(CLOSER_LOOKS))
