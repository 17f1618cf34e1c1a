"""What the twin says of the outputs and the gradients: plain runs once a case, shadow runs as far as somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import ASIDE, CLOSER_LOOKS, FIRST_LOOK, K, Precision, allowed, format_of, fragile_at, spread_of
from gradtwin.core.carrier import dtype_name
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_formats import FormatShadow
from gradtwin.core.noise_torch import Mode, TorchShadow
from gradtwin.core.stack import NotStackableError
from gradtwin.core.truth import Expectation, Places
from gradtwin.ops.evaluation import Evaluation, Forward, Question, answered
from gradtwin.ops.slices import Rows, Slicing, around
from gradtwin.ops.twin import Twin

__all__ = ["Look", "OpTruth", "Terms"]

Array = NDArray[Any]

ALL = ...
SLICED = 2**20
"""Numbers of all arrays together, beyond which shadow runs are made in slices, if they can be."""
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
        self._spreads: dict[int, Array] = {}
        self._fragile: dict[int, NDArray[np.bool_]] = {}
        self._runs: dict[int | None, int] = {}
        self._sliced: dict[tuple[int, ...], list[tuple[Rows, Question]]] = {}
        self._runs_in_part = 0
        self.in_a_row = False

    @cached_property
    def plain(self) -> Evaluation:
        """The run in float64."""
        return self.twin.truth(self.question, self.terms.precision.name)

    @cached_property
    def formats(self) -> tuple[Precision, ...]:
        """The formats of a twin that computes in several; its shadow runs are then made in those, in a row."""
        return self.twin.formats(self.question.inputs, self.terms.precision.name)

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
            while (before := self._runs.get(choice, 0)) < runs:
                # The first look is one at everything; a closer one goes backward only for the choice asked about.
                is_first = before < FIRST_LOOK
                chosen = self._shadowed if is_first else self._only(choice)
                self._look(chosen, (FIRST_LOOK if is_first else runs) - before)
        spread = self._spreads.get(place)
        spread = np.zeros(truth.shape) if spread is None else spread
        error = self.plain.errors[place] if self.plain.errors else None
        spread = spread if error is None else spread + error
        exact, fragile = self.terms.exact, self._fragile.get(place)
        # An array is judged at its own precision, which need not be that of the inputs.
        own = format_of(dtype_name(native), self.terms.precision)
        truth = np.asarray(truth, np.float64)
        if own.stored:  # what is beyond the largest number becomes that, infinite or NaN: as torch has it
            truth = np.where(np.abs(truth) > own.largest, native, truth)
        return Expectation(truth, spread, native, own, exact, fragile, self.formats)

    def look_at(self, place: int, choice: int | None, places: Places, runs: int) -> bool:
        """Take further shadow runs of the few rows of a large answer that hold these places; False if it cannot be."""
        truth, chosen = self.plain.arrays[place], self._only(choice)
        question, asked_places = self._asked(chosen), self._places(chosen)
        is_large = truth is not None and truth.ndim > 0 and self._size(question) > SLICED
        if truth is None or places is None or place not in self._spreads or not is_large:
            return False
        rows = around(places)
        if self._size(question) * len(rows) > SLICED * len(truth):
            return False
        at = asked_places.index(place)
        part = Slicing(self.twin, question, [self.plain.arrays[i] for i in asked_places]).part(rows, [at])
        if part is None:
            return False
        # A copy: expectations that were given out go on with the array as it was.
        wider = {place: self._spreads[place].copy()}
        for _ in range(runs):
            noisy = self._noisy(part, self._mode()).arrays[at]
            self._runs_in_part += 1
            if noisy is not None:
                self._widen(wider, place, noisy[np.newaxis], rows)
        self._spreads |= wider
        return True

    def _only(self, choice: int | None) -> list[int]:
        return [k for k in self._shadowed if k == choice]

    def _asked(self, chosen: Sequence[int]) -> Question:
        return replace(self.question, cotangents=[self.question.cotangents[k] for k in chosen])

    def _places(self, chosen: Sequence[int]) -> list[int]:
        """Return where the answers to the question of some choices stand among all."""
        count, width = len(self.plain.outputs), len(self.question.inputs)
        return [*range(count), *(count + k * width + j for k in chosen for j in range(width))]

    def _size(self, question: Question) -> int:
        """Return how many numbers a run is about."""
        return sum(x.size for x in (*self.plain.arrays, *question.inputs) if isinstance(x, np.ndarray))

    def _look(self, chosen: Sequence[int], runs: int) -> None:
        """Take further shadow runs for some choices: in one pass if the twin can be run so, else one run."""
        question = self._asked(chosen)
        together = min(runs, STACK // max(self._size(question), 1))
        if not (self.in_a_row or self.formats) and together > 1:
            try:
                self._take([(ALL, self._stack(question, chosen, together))], chosen, together)
                return
            except NotStackableError:
                self.in_a_row = True  # for good: the next look would fail as this one did, and cost as much
        shadow = self._mode()
        try:
            parts = self._slices(chosen)
            self._take(((rows, self._noisy(part, shadow)) for rows, part in parts), chosen)
        except UsageError as error:
            raise UsageError(
                f"Expected inputs at which the twin gives a result however it rounds at {self.terms.precision.name}; "
                f"without noise it does, with noise: {error}"
            ) from error

    def _slices(self, chosen: Sequence[int]) -> list[tuple[Rows, Question]]:
        """Return the question of some choices in slices, where it is large and the twin treats every row alone."""
        question, asked_places = self._asked(chosen), self._places(chosen)
        if self._size(question) <= SLICED:
            return [(ALL, question)]
        if tuple(chosen) not in self._sliced:
            slicing = Slicing(self.twin, question, [self.plain.arrays[i] for i in asked_places])
            self._sliced[tuple(chosen)] = slicing.parts(self._size(question)) or [(ALL, question)]
        return self._sliced[tuple(chosen)]

    def _noisy(self, question: Question, mode: Mode) -> Evaluation:
        """Return what a shadow run answers: one in float64, or in the formats of a twin that computes in several."""
        return self.twin.run(question, self.terms.precision.name if self.formats else "float64", mode=mode)

    @property
    def _seed(self) -> int:
        # It counts all runs, so that no two have the same noise.
        return self.terms.seed + self._runs.get(None, 0) + self._runs_in_part

    def _mode(self) -> Mode:
        p, accumulator = self.terms.precision, self.terms.accumulator
        return FormatShadow(p, accumulator, self._seed) if self.formats else self._shadow()

    def _shadow(self, *, stack: bool = False) -> TorchShadow:
        p, seed = self.terms.precision, self._seed
        return TorchShadow(K * p.unit, K * p.eta, seed, in_sums=K * self.terms.accumulator.unit, stack=stack)

    def _stack(self, question: Question, chosen: Sequence[int], runs: int) -> Evaluation:
        """Take a stack of shadow runs, and see to it that vmap has made of the twin what it is."""
        noisy = self.twin.stack(question, self._shadow(stack=True), runs)
        truths = [self.plain.arrays[i] for i in self._places(chosen)]
        # Where nothing looks odd, the pass without noise is saved.
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
            # fmax: a run that is not finite here tells nothing of the others.
            spread = np.fmax.reduce(np.abs(np.asarray(noisy, np.float64) - alone), axis=0)
            return bool(np.any(np.abs(alone - truth) > allowed(truth, spread, self.terms.precision)))

    def _take(self, answers: Iterable[tuple[Rows, Evaluation]], chosen: Sequence[int], stack: int = 0) -> None:
        """Take in the distances from the truth of one run for some choices, in slices, or of a stack of that many."""
        wider: dict[int, Array] = {}
        for rows, e in answers:
            for place, noisy in zip(self._places(chosen), e.arrays, strict=True):
                if noisy is not None:
                    self._widen(wider, place, noisy if stack else noisy[np.newaxis], rows)
        for place, spread in wider.items():
            self._spreads[place] = np.maximum(self._spreads[place], spread) if place in self._spreads else spread
        for group in (None, *chosen):
            self._runs[group] = self._runs.get(group, 0) + (stack or 1)

    def _widen(self, spreads: dict[int, Array], place: int, runs: Array, rows: Rows) -> None:
        """Put the spread of runs of some rows of an answer into its place."""
        truth = self.plain.arrays[place]
        if truth is None:
            return
        shadows = np.asarray(runs, np.float64)
        distance = spread_of(truth[rows], shadows)
        if rows is ALL:
            spreads[place] = distance
        else:
            spread = spreads.setdefault(place, np.zeros(truth.shape))
            spread[rows] = np.maximum(spread[rows], distance)
        if not np.all(np.isfinite(shadows)):
            fragile = np.zeros(truth.shape, bool)
            fragile[rows] = fragile_at(truth[rows], shadows)
            self._fragile[place] = self._fragile.get(place, fragile) | fragile


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

    def closer(self, places: Places = None) -> Expectation | None:
        """Return the expectation after the next look."""
        self.looks += 1
        further = CLOSER_LOOKS[self.looks - 1]
        in_part = self.truth.look_at(self.place, self.choice, places, further)
        runs = FIRST_LOOK if in_part else FIRST_LOOK + sum(CLOSER_LOOKS[: self.looks])
        return self.truth.expectation(self.place, self.choice, runs)

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
