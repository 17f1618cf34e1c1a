"""The derivative of code by differences, as a twin: for a forward of arrays that nothing else can differentiate.

Every element is moved alone, and the slope of all outputs extrapolated. How far that may be off is a part of the bound.
Where the slopes on both sides differ there is no derivative, and the element is not judged.

What rounding may do is measured as by any twin: the forward runs with noise, and is differentiated with the same noise
on both sides. Noise of the size of double precision would be lost in the differences, so it is that of single
precision, and what it does is scaled down.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import DIFFERENCED, FIRST_STEP, JUDGED_SHARE, NOISE_STEP, PRECISIONS, ROUGHEST, K, Precision
from gradtwin.core.carrier import from_tensor, rounded, to_tensor
from gradtwin.core.differences import Slope, slope_along
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_numpy import NumpyShadow, plain
from gradtwin.core.noise_torch import Mode, TorchShadow
from gradtwin.core.results import magnitude
from gradtwin.core.stack import NotStackableError
from gradtwin.ops.evaluation import Evaluation, Forward, Question
from gradtwin.ops.twin import Twin

__all__ = [
    "Derivative",
    "DifferenceTwin",
    "Outputs",
    "flat",
    "noisy",
    "power_of_two",
    "size_of",
    "two_sided",
    "widened",
    "without_rough",
]

Array = NDArray[Any]
Place = tuple[int, ...]
Outputs = Callable[..., "list[Array] | None"]
SINGLE = PRECISIONS["float32"]


class DifferenceTwin(Twin):
    """A forward of arrays, differentiated by differences.

    Parameters
    ----------
    function : callable
        The forward.
    outputs : callable
        Returns what it makes of some inputs and options, in float64; None where it gives no result.
    options : mapping
        Keyword arguments for every call.
    pairs : sequence of bool
        Which inputs hold complex numbers as pairs.
    """

    is_estimate = True

    def __init__(self, function: Any, outputs: Outputs, options: Any, pairs: Sequence[bool]) -> None:
        super().__init__(function, options, pairs)
        self.outputs = outputs
        self._known: dict[Any, Derivative] = {}

    def altered(self, code: Any) -> Twin:
        """Return itself: there is no code of torch's to alter."""
        return self

    def formats(self, inputs: Sequence[Any], dtype: str) -> tuple[Precision, ...]:
        """Return no formats, since the forward is run in float64 alone."""
        return ()

    def start(
        self,
        inputs: Sequence[Any],
        wanted: Sequence[bool],
        dtype: str,
        device: str = "cpu",
        mode: Mode | None = None,
    ) -> Forward:
        """Run forward; gradients are those of `run`, in whatever precision they are asked for."""
        outputs = [to_tensor(x, dtype).to(device) for x in self._outputs_of(inputs)]
        self.complex_outputs = (False,) * len(outputs)
        for x in outputs:
            x.requires_grad_(any(wanted) and x.is_floating_point())
        return _Started(tuple(outputs), [], lambda x: x, mode, self, inputs, wanted, dtype)

    def run(
        self, question: Question, dtype: str = "float64", device: str = "cpu", mode: Mode | None = None
    ) -> Evaluation:
        """Run once, and differentiate for each choice of cotangents, under noise if a shadow is given."""
        derivative = self._derivative(question)
        outputs = self._outputs_of(question.inputs)
        if isinstance(mode, TorchShadow):
            return derivative.shadow(outputs, question, mode)
        gradients, errors = derivative.gradients(question)
        exact = [np.zeros(x.shape) for x in outputs]
        return Evaluation(tuple(outputs), tuple(gradients), (*exact, *(e for choice in errors for e in choice)))

    def stack(self, question: Question, shadow: TorchShadow | None, runs: int) -> Evaluation:
        """Raise a NotStackableError."""
        raise NotStackableError("code of arrays")

    def unjudged(self, inputs: Sequence[Any]) -> dict[int, list[Place]]:
        """Return the places of each input, by its own place, at which no derivative was found."""
        derivative = self._derivative(Question(inputs, ()))
        moved = {j: set(derivative.places(j)) for j in derivative.unjudged}
        return {j: [at for at in places if at in moved[j]] for j, places in derivative.unjudged.items()}

    def unmoved(self, inputs: Sequence[Any]) -> dict[int, int]:
        """Return how many elements of each input, by its place, were not looked at."""
        derivative = self._derivative(Question(inputs, ()))
        return {j: derivative.inputs[j].size - len(derivative.places(j)) for j in derivative.unjudged}

    def _outputs_of(self, inputs: Sequence[Any]) -> list[Array]:
        outputs = self.outputs(tuple(map(widened, inputs)), self.options)
        if outputs is None:
            raise UsageError("Expected forward to accept the inputs; it gave no result.")
        return outputs

    def _derivative(self, question: Question) -> Derivative:
        """Return the derivative at some inputs, of which it keeps what has been computed."""
        inputs = tuple(map(widened, question.inputs))
        key = tuple(x.tobytes() if isinstance(x, np.ndarray) else repr(x) for x in inputs)
        if key not in self._known:
            self._known[key] = self._derivative_at(inputs)
        return self._known[key]

    def _derivative_at(self, inputs: tuple[Any, ...]) -> Derivative:
        return Derivative(functools.partial(self.outputs, options=self.options), inputs)


@dataclass(frozen=True)
class _Started(Forward):
    """A run of code of arrays that has gone forward."""

    twin: DifferenceTwin
    inputs: Sequence[Any]
    wanted: Sequence[bool]
    dtype: str

    def answer(self, choices: Sequence[Sequence[Array]]) -> Evaluation:
        """Return the outputs, and the gradients for each choice of cotangents, rounded to the precision of the run."""
        answer = self.twin.run(Question(self.inputs, self.wanted, choices))

        def own(x: Array | None) -> Array | None:
            return None if x is None else from_tensor(to_tensor(x, self.dtype))

        outputs = tuple(from_tensor(x) for x in self.outputs)
        return Evaluation(outputs, tuple(tuple(map(own, choice)) for choice in answer.gradients))


@dataclass
class Derivative:
    """The derivative of a forward at some inputs: what it answers beside them is kept for all cotangents."""

    outputs: Outputs
    inputs: tuple[Any, ...]
    unjudged: dict[int, list[Place]] = field(default_factory=dict)
    _lines: dict[tuple[int, Place, float], Array | None] = field(default_factory=dict)
    _found: dict[tuple[int, bytes], tuple[Array, Array]] = field(default_factory=dict)

    def gradients(self, question: Question) -> tuple[list[tuple[Array | None, ...]], list[list[Any]]]:
        """Return the gradients for each choice of cotangents, and how far each of their elements may be off."""
        gradients: list[tuple[Array | None, ...]] = []
        errors: list[list[Any]] = []
        for choice in question.cotangents:
            weights = flat(choice)
            pairs = [self._of_input(j, weights) if w else (None, None) for j, w in enumerate(question.wanted)]
            gradients.append(tuple(g for g, _ in pairs))
            errors.append([e for _, e in pairs])
        return gradients, errors

    def shadow(self, outputs: list[Array], question: Question, mode: TorchShadow) -> Evaluation:
        """Return a run with noise: what noise changes in short differences, added to what they are without it."""
        quiet, _ = self.gradients(question)
        changes = {j: self._changes(j, mode) for j, w in enumerate(question.wanted) if w}

        def with_noise(j: int, gradient: Array | None, weights: Array) -> Array | None:
            if gradient is None:
                return None
            out = gradient.copy()
            for at, change in zip(self.places(j), changes[j], strict=True):
                # Where a noisy run gives nothing, rounding decides whether there is a result.
                out[at] += np.nan if change is None else float(np.sum(weights * change))
            return out

        pairs = zip(question.cotangents, quiet, strict=True)
        gradients = [tuple(with_noise(j, g, flat(choice)) for j, g in enumerate(before)) for choice, before in pairs]
        return Evaluation(tuple(outputs), tuple(gradients))

    def _changes(self, j: int, mode: TorchShadow) -> list[Array | None]:
        """Return how much noise changes the derivative of every output by each element that is moved."""
        with_noise_of, share = noisy(self.outputs, mode)
        changes = [self._change(with_noise_of, j, at) for at in self.places(j)]
        return [None if change is None else share * change for change in changes]

    def _change(self, outputs: Outputs, j: int, at: Place) -> Array | None:
        """Return how much noise changes the difference quotient of one element, of every output."""
        size = size_of(self.inputs[j], at)

        way = NOISE_STEP * size
        noise = [outputs(self._moved(j, at, side * way)) for side in (1, -1)]
        high, low = (self._at(j, at, side * NOISE_STEP) for side in (1, -1))
        if noise[0] is None or noise[1] is None or high is None or low is None:
            return None
        return np.asarray((flat(noise[0]) - flat(noise[1]) - (high - low)) / (2 * way))

    def _of_input(self, j: int, weights: Array) -> tuple[Array, Array]:
        """Return the gradient of an input, and how far each element may be off."""
        key = j, weights.tobytes()
        if key not in self._found:
            self._found[key] = self._differenced(j, weights)
        return self._found[key]

    def _differenced(self, j: int, weights: Array) -> tuple[Array, Array]:
        shape = self.inputs[j].shape
        gradient, error = np.zeros(shape), np.full(shape, np.inf)
        if not np.any(weights):
            return gradient, np.zeros(shape)
        for at in self.places(j):
            slope = self.slope(j, at, weights)
            if np.isfinite(slope.error) and np.isfinite(slope.value):
                gradient[at], error[at] = slope.value, K * slope.error
        # What is known to a few digits only would let a wrong gradient pass that has as many.
        gradient, error = without_rough(gradient, error)
        if np.count_nonzero(np.isfinite(error)) < JUDGED_SHARE * len(self.places(j)):
            error = np.full(shape, np.inf)  # the few that are left may agree by chance
        self.unjudged[j] = [tuple(int(i) for i in at) for at in np.argwhere(np.isinf(error))]
        return gradient, error

    def places(self, j: int) -> list[Place]:
        """Return the elements that are moved: all of a small input, and some, the first and the last among them."""
        places = list(np.ndindex(self.inputs[j].shape))
        if len(places) <= DIFFERENCED:
            return places
        return [places[i] for i in np.linspace(0, len(places) - 1, DIFFERENCED).astype(int)]

    def slope(self, j: int, at: Place, weights: Array) -> Slope:
        """Return the derivative by one element, which is none where the slopes on both sides differ."""
        size = size_of(self.inputs[j], at)
        if self._is_lost(j, at):
            return Slope(np.nan, np.inf)

        def line(step: float) -> Array | None:
            return self._at(j, at, step)

        slope = two_sided(line, weights)
        return Slope(slope.value / size, slope.error / size)

    def _is_lost(self, j: int, at: Place) -> bool:
        """Return whether steps of an element are lost in the digits of an output that moves over larger ones."""
        largest = magnitude([self.inputs[j]])
        origin, near = self._at(j, at, 0.0), self._at(j, at, FIRST_STEP)
        if origin is None or near is None or abs(float(self.inputs[j][at])) >= ROUGHEST * largest:
            return False
        far = self.outputs(self._moved(j, at, largest * FIRST_STEP))
        return far is not None and bool(np.any((near == origin) & (flat(far) != origin)))

    def _at(self, j: int, at: Place, step: float) -> Array | None:
        """Return all outputs after a step of one element, as a share of its size."""
        key = (j, at, step) if step else (0, (), 0.0)
        if key not in self._lines:
            outputs = self.outputs(self._moved(j, at, step * size_of(self.inputs[j], at)))
            self._lines[key] = None if outputs is None else flat(outputs)
        return self._lines[key]

    def _moved(self, j: int, at: Place, way: float) -> list[Any]:
        arrays = list(self.inputs)
        arrays[j] = arrays[j].copy()
        arrays[j][at] += way
        return arrays


def size_of(x: Array, at: Place) -> float:
    """Return how far an element is moved in a step of one: about its size, or that of the largest where it is 0."""
    size = abs(float(x[at])) or float(np.max(np.abs(x), where=np.isfinite(x), initial=0.0)) or 1.0
    return power_of_two(size)


def power_of_two(size: float) -> float:
    """Return a power of two of about that size: steps of it are not rounded when they are added."""
    return float(2.0 ** np.floor(np.log2(size))) if np.isfinite(size) else 1.0


def two_sided(line: Callable[[float], Array | None], weights: Array) -> Slope:
    """Return a slope, which is none where those on both sides differ."""
    both, right, left = (slope_along(line, weights, side) for side in (0, 1, -1))
    return both if abs(right.value - left.value) <= K * (right.error + left.error) else Slope(np.nan, np.inf)


def without_rough(values: Array, errors: Array) -> tuple[Array, Array]:
    """Return derivatives and their errors, infinite where they are not small beside the largest of them."""
    rough = ~(errors <= ROUGHEST * np.max(np.abs(values), initial=0.0))
    return np.where(rough, 0.0, values), np.where(rough & (errors > 0), np.inf, errors)


def noisy(outputs: Outputs, mode: TorchShadow) -> tuple[Outputs, float]:
    """Return code with the noise of a run, the same at every call, and the share of it that is meant."""
    amplitude = max(mode.amplitude, K * SINGLE.unit)

    def with_noise(inputs: Sequence[Any]) -> list[Array] | None:
        run = NumpyShadow(amplitude, 0.0, mode.seed)
        arrays = [run.wrap(x) for x in inputs]
        result = outputs(arrays)  # not all code takes arrays of another type
        return outputs([plain(x) for x in arrays]) if result is None else result

    return with_noise, mode.amplitude / amplitude


def flat(arrays: Sequence[Array], dtype: type = np.float64) -> Array:
    return np.concatenate([np.asarray(x, dtype).ravel() for x in arrays])


def widened(x: Any) -> Any:
    return rounded(x, PRECISIONS["float64"]) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x
