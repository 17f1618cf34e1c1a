"""A gradient in which suspect and twin differ, and what can be asked of the twin about it: nearby, and along a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import COARSE_SHARE, DIRECTIONS, NEAR_STEPS, PRECISIONS
from gradtwin.core.differences import Slope, slope_along
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding
from gradtwin.core.truth import Expectation, ratios
from gradtwin.ops.evaluation import Question
from gradtwin.ops.subject import Subject
from gradtwin.ops.truth import OpTruth, Terms

__all__ = ["Contested", "Ruling", "coarse_bound"]

Array = NDArray[Any]
Place = tuple[int, ...]


@dataclass(frozen=True)
class Ruling:
    """What is to be said of a difference: a finding in place of the first one, or a note where it is nobody's fault."""

    finding: Finding | None = None
    note: str | None = None


def coarse_bound(subject: Subject, cotangents: Sequence[Sequence[Array]], place: int, shape: tuple[int, ...]) -> Array:
    """Return what the twin's own formula may be off by where it holds a constant, or an operation, of single precision.

    Parameters
    ----------
    subject : Subject
        The suspect and its twin.
    cotangents : sequence of sequences of arrays
        The choice of cotangents, alone; none where an output is in question.
    place : int
        The place of the quantity among the outputs, or of the input among the inputs.
    shape : tuple of int
        The shape of the quantity. Nothing is admitted where the twin gives no result in single precision.
    """
    wanted = tuple(w and bool(cotangents) for w in subject.inputs.wanted)
    single = PRECISIONS["float32"]
    terms, arrays = Terms(single, single, subject.device, subject.seed), subject.inputs.arrays
    try:
        # A result is judged in the format that it has: the run must be one in single precision.
        native = subject.twin.start(arrays, wanted, single.name, subject.device)
        truth = OpTruth(subject.twin, Question(arrays, wanted, cotangents), terms, native)
        e = (truth.gradient(0, place) if cotangents else truth.output(place)).first()
    except UsageError:
        return np.zeros(shape)
    assert e is not None
    return COARSE_SHARE * e.bound


@dataclass(frozen=True)
class Contested:
    """The gradient of input j for one choice of cotangents, in which suspect and twin differ."""

    subject: Subject
    j: int
    cotangents: Sequence[Array]
    gradients: Mapping[str, Array | None]
    expectation: Expectation

    @property
    def got(self) -> Array:
        """The suspect's gradient."""
        return np.asarray(self.gradients[self.name])

    @cached_property
    def outside(self) -> Array:
        """Where they differ by more than the bound."""
        return np.asarray(ratios(self.got, self.expectation) > 1)

    @property
    def places(self) -> list[Place]:
        """The places where they differ."""
        return [tuple(int(i) for i in at) for at in np.argwhere(self.outside)]

    @cached_property
    def input(self) -> Array:
        """The input, in float64."""
        return np.asarray(self.subject.inputs.arrays[self.j], np.float64)

    @property
    def name(self) -> str:
        """The name of the input."""
        return self.subject.inputs.names[self.j]

    @cached_property
    def sizes(self) -> Array:
        """How far each element is moved in steps of one: its own size, or that of the largest where it is zero."""
        size = np.abs(self.input)
        largest = float(np.max(size, initial=0.0))
        return np.where(size > 0, size, largest or 1.0)

    @cached_property
    def coarse(self) -> Array:
        """What a constant of single precision in the twin would explain."""
        return coarse_bound(self.subject, [self.cotangents], self.j, self.input.shape)

    def unit(self, place: Place) -> Array:
        """Return the direction that moves one element."""
        direction = np.zeros(self.input.shape)
        direction[place] = self.sizes[place]
        return direction

    def directions(self) -> list[Array]:
        """Return random directions that move every element in which suspect and twin differ."""
        rng = np.random.default_rng(self.subject.seed)
        size = np.where(self.outside, self.sizes, 0.0)
        # By half of its size at least, or some element would hardly move.
        factors = [rng.choice([-1.0, 1.0], size.shape) * rng.uniform(1 / 2, 1, size.shape) for _ in range(DIRECTIONS)]
        return [size * factor for factor in factors]

    def _arrays(self, values: Array) -> list[Any]:
        arrays = list(self.subject.inputs.arrays)
        arrays[self.j] = values
        return arrays

    def slope(self, direction: Array, side: int = 0) -> Slope:
        """Return the slope of the twin's own forward, weighted by the cotangents, along a direction."""
        # A twin may ask whether it is to be differentiated, as one that registers hooks does.
        wanted = tuple(i == self.j for i in range(len(self.subject.inputs.arrays)))

        def line(step: float) -> Array | None:
            try:
                answer = self.subject.twin.run(Question(self._arrays(self.input + step * direction), wanted)).outputs
            except UsageError:  # beyond its domain
                return None
            return np.concatenate([o.ravel() for o in answer if o.dtype.kind == "f"])

        pairs = zip(self.cotangents, self.subject.native.outputs, strict=True)
        weights = np.concatenate([np.ravel(c) for c, o in pairs if o.is_floating_point()])
        return slope_along(line, weights.astype(np.float64), side)

    def twin_at(self, values: Array) -> Array:
        """Return the twin's gradient at another value of the input; NaN where it gives none."""
        wanted = tuple(i == self.j for i in range(len(self.subject.inputs.arrays)))
        try:
            evaluation = self.subject.twin.run(Question(self._arrays(values), wanted, [self.cotangents]))
        except UsageError:
            return np.full(self.input.shape, np.nan)
        gradient = evaluation.gradients[0][self.j]
        return np.full(self.input.shape, np.nan) if gradient is None else np.asarray(gradient, np.float64)

    def beside(self, direction: Array) -> Array:
        """Return the twin's gradient just beside the place, at both of the `NEAR_STEPS` along a direction."""
        return np.stack([self.twin_at(self.input + step * direction) for step in NEAR_STEPS])

    def alike(self, direction: Array) -> list[tuple[Array, Array]]:
        """Return, for each further input of the same shape, the sum of both gradients: the suspect's, and the twin's.

        The twin's is taken on both sides of the place; both inputs are moved alike, so that a tie between them stays.
        """
        inputs = self.subject.inputs
        pairs = []
        for k, name in enumerate(inputs.names):
            gradient = self.gradients.get(name)
            if k == self.j or not inputs.wanted[k] or inputs.arrays[k].shape != self.input.shape or gradient is None:
                continue
            sides = [_limit(*(self._sum_with(k, side * step * direction) for step in NEAR_STEPS)) for side in (1, -1)]
            pairs.append((np.asarray(self.got, np.float64) + gradient, np.stack(sides)))
        return pairs

    def _sum_with(self, k: int, shift: Array) -> Array:
        """Return the twin's gradients of two inputs, added, at inputs that are both moved alike."""
        arrays = self._arrays(self.input + shift)
        arrays[k] = arrays[k] + shift
        wanted = tuple(i in (self.j, k) for i in range(len(arrays)))
        gradients = self.subject.twin.run(Question(arrays, wanted, [self.cotangents])).gradients[0]
        return np.asarray(sum(g for g in (gradients[self.j], gradients[k]) if g is not None))

    def limit(self, direction: Array) -> Array:
        """Return the limit of the twin's gradient as the place is approached along a direction."""
        return _limit(*self.beside(direction))


def _limit(far: Array, near: Array) -> Array:
    """Return the limit of what was seen at both of the `NEAR_STEPS`."""
    # What a smooth function changes from the near step to the place is 1/63 of what it does between both steps.
    return np.asarray(near + (near - far) / (NEAR_STEPS[0] / NEAR_STEPS[1] - 1))
