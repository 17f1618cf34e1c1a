"""Products with a Hessian or a Jacobian by differences, as a twin: for functions of arrays that cannot be traced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import HESSIAN_STEP, NOISE_STEP, K
from gradtwin.core.differences import Slope, slope_along
from gradtwin.core.noise_torch import Mode, TorchShadow
from gradtwin.ops.evaluation import Evaluation, Question
from gradtwin.ops.numeric import DifferenceTwin, Outputs, flat, noisy, power_of_two, two_sided, widened, without_rough

__all__ = ["NumericProduct"]

Array = NDArray[Any]
Point = tuple[Any, ...]


class NumericProduct(DifferenceTwin):
    """What differences make of a direction: its product with the Jacobian of a function, or with the Hessian.

    It takes the inputs of the function, and then a direction for each of those by which to differentiate.

    Parameters
    ----------
    function : DifferenceTwin
        The function.
    wanted : sequence of bool
        By which inputs to differentiate.
    is_hessian : bool
        Whether it is the product with the Hessian of a function that returns one number.
    """

    def __init__(self, function: DifferenceTwin, wanted: Sequence[bool], *, is_hessian: bool) -> None:
        super().__init__(function.function, function.outputs, function.options, function.pairs)
        self.wanted = tuple(wanted)
        self.is_hessian = is_hessian
        self._done: dict[Any, tuple[list[Array], list[Array]]] = {}

    def run(
        self, question: Question, dtype: str = "float64", device: str = "cpu", mode: Mode | None = None
    ) -> Evaluation:
        """Run once, under noise if a shadow is given."""
        products, errors = self._products(question.inputs)
        if not isinstance(mode, TorchShadow):
            return Evaluation(tuple(products), errors=tuple(errors))
        outputs, share = noisy(self._at_options, mode)
        changes = [a - b for a, b in zip(self._rough(outputs, question), self._rough(None, question), strict=True)]
        return Evaluation(tuple(x + share * change for x, change in zip(products, changes, strict=True)))

    def _outputs_of(self, inputs: Sequence[Any]) -> list[Array]:
        return self._products(inputs)[0]

    def _at_options(self, inputs: Sequence[Any]) -> list[Array] | None:
        return self.outputs(inputs, self.options)

    def _products(self, inputs: Sequence[Any]) -> tuple[list[Array], list[Array]]:
        """Return the products, and how far each element may be off."""
        key = tuple(x.tobytes() if isinstance(x, np.ndarray) else repr(x) for x in inputs)
        if key not in self._done:
            self._done[key] = self._differenced(inputs)
        return self._done[key]

    def _differenced(self, inputs: Sequence[Any]) -> tuple[list[Array], list[Array]]:
        point, ways, size = self._parted(inputs)
        if self.is_hessian:
            shapes = [way.shape for way in ways if way is not None]
            places = [(j, at) for j, way in enumerate(ways) if way is not None for at in np.ndindex(way.shape)]
            slopes = [self._second(point, ways, j, at) for j, at in places]
        else:
            shapes = [x.shape for x in super()._outputs_of(point)]
            count = sum(int(np.prod(shape)) for shape in shapes)
            slopes = [self._along(point, ways, unit) for unit in np.eye(count)]
        values = np.array([s.value if np.isfinite(s.error) else 0.0 for s in slopes]) / size
        errors = np.array([K * s.error if np.isfinite(s.error) else np.inf for s in slopes]) / size
        values, errors = without_rough(values, errors)
        return _shaped(values, shapes), _shaped(errors, shapes)

    def _parted(self, inputs: Sequence[Any]) -> tuple[Point, list[Array | None], float]:
        """Return the inputs, and the way of each in a step of one, which is so many times its direction."""
        count = len(self.wanted)
        point, directions = tuple(map(widened, inputs[:count])), iter(map(widened, inputs[count:]))
        ways = [next(directions) if w else None for w in self.wanted]
        moved = [(x, way) for x, way in zip(point, ways, strict=True) if way is not None]
        largest, longest = (max(float(np.max(np.abs(x), initial=0.0)) for x in xs) for xs in zip(*moved, strict=True))
        size = power_of_two((largest or 1.0) / (longest or 1.0))
        return point, [None if way is None else size * way for way in ways], size

    def _along(self, point: Point, ways: Sequence[Array | None], weights: Array) -> Slope:
        def line(step: float) -> Array | None:
            outputs = self._at_options(_moved(point, ways, step))
            return None if outputs is None else flat(outputs)

        return two_sided(line, weights)

    def _second(self, point: Point, ways: Sequence[Array | None], j: int, at: tuple[int, ...]) -> Slope:
        """Return the slope, along the ways, of the derivative by one element."""
        off = [0.0]

        def line(step: float) -> Array | None:
            slope = self._derivative(Question(_moved(point, ways, step), ())).slope(j, at, np.ones(1))
            off[0] = max(off[0], slope.error)
            return np.array([slope.value]) if np.isfinite(slope.error) else None

        slope = slope_along(line, np.ones(1))
        # The derivative is off itself, and that is divided by the step.
        return Slope(slope.value, slope.error + off[0] / HESSIAN_STEP)

    def _rough(self, outputs: Outputs | None, question: Question) -> list[Array]:
        """Return the products by a single difference, of some outputs or of those without noise."""
        outputs = outputs or self._at_options
        point, ways, size = self._parted(question.inputs)
        if not self.is_hessian:
            high, low = (outputs(_moved(point, ways, side * NOISE_STEP)) for side in (1, -1))
            if high is None or low is None:
                return [np.full(x.shape, np.nan) for x in self._products(question.inputs)[0]]
            return [(a - b) / (2 * NOISE_STEP * size) for a, b in zip(high, low, strict=True)]
        parts = []
        for j, way in enumerate(ways):
            if way is not None:
                part = np.zeros(way.shape)
                for at in np.ndindex(way.shape):
                    part[at] = _mixed(outputs, point, ways, j, at) / size
                parts.append(part)
        return parts


def _mixed(
    outputs: Callable[..., Any], point: Point, ways: Sequence[Array | None], j: int, at: tuple[int, ...]
) -> float:
    """Return the second derivative by an element and along the ways, by a single difference of both."""
    width = HESSIAN_STEP * power_of_two(abs(float(point[j][at])) or 1.0)
    total = 0.0
    for side in (1, -1):
        for turn in (1, -1):
            arrays = list(_moved(point, ways, side * HESSIAN_STEP))
            arrays[j] = arrays[j].copy()
            arrays[j][at] += turn * width
            values = outputs(arrays)
            total += np.nan if values is None else side * turn * float(flat(values)[0])
    return total / (4 * HESSIAN_STEP * width)


def _moved(point: Point, ways: Sequence[Array | None], step: float) -> Point:
    return tuple(x if way is None else x + step * way for x, way in zip(point, ways, strict=True))


def _shaped(values: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """Return numbers as arrays of these shapes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    return [part.reshape(shape) for part, shape in zip(np.split(values, ends), shapes, strict=True)]
