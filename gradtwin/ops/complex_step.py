"""The derivative of code by the complex step, as a twin: for a forward of arrays that takes complex numbers as well.

Of an analytic function the derivative by an element is im f(x + i h e) / h, for a step h so small that nothing of its
square is left (Squire and Trapp 1998; Martins, Sturdza and Alonso 2003). Nothing is subtracted, so it has all digits.

Code can take complex numbers and not be analytic: a magnitude, a conjugate, a real part, a function of a library that
is less precise there. So each derivative is held against two others: the mean around a circle about the element, which
is the derivative where there is one (Lyness and Moler 1967), and extrapolated differences along the real numbers. How
far it is from the first is a part of the bound; where they do not bear it out, differences are taken.

What rounding may do is measured as for differences.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CIRCLE_POINTS, CIRCLE_RADII, COMPLEX_STEP, JUDGED_SHARE, K
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.ops.evaluation import Evaluation, Question
from gradtwin.ops.numeric import Derivative, DifferenceTwin, Outputs, flat, noisy, size_of, widened, without_rough

__all__ = ["ComplexStepTwin"]

Array = NDArray[Any]
Place = tuple[int, ...]


class ComplexStepTwin(DifferenceTwin):
    """A forward of arrays, differentiated by the complex step where differences bear that out, and else by those.

    Parameters
    ----------
    function : callable
        The forward.
    outputs, of_complex : callable
        Return what it makes of some inputs and options, of real and of complex ones; None where it gives no result.
    options : mapping
        Keyword arguments for every call.
    """

    def __init__(self, function: Any, outputs: Outputs, of_complex: Outputs, options: Any) -> None:
        super().__init__(function, outputs, options, ())
        self.of_complex = of_complex

    def is_borne_out(self, inputs: Sequence[Any]) -> bool:
        """Return whether it is the complex step that has told all derivatives at these inputs so far."""
        derivative = self._derivative(Question(inputs, ()))
        assert isinstance(derivative, _Stepped)
        return not derivative.differenced

    def _derivative_at(self, inputs: tuple[Any, ...]) -> Derivative:
        of_real, of_complex = (functools.partial(of, options=self.options) for of in (self.outputs, self.of_complex))
        return _Stepped(of_real, inputs, of_complex=of_complex)

    def _outputs_of(self, inputs: Sequence[Any]) -> list[Array]:
        outputs = self.of_complex(_lifted(tuple(map(widened, inputs))), self.options)
        if outputs is None or any(x.dtype.kind == "f" for x in outputs):
            raise UsageError("Expected forward to answer complex numbers with such; it did not.")
        return [x.real for x in outputs]


@dataclass
class _Stepped(Derivative):
    """The derivative of a forward at some inputs; `differenced` are the elements where differences tell it."""

    of_complex: Outputs = field(kw_only=True)
    differenced: set[tuple[int, Place]] = field(default_factory=set)
    _exact: dict[int, tuple[Array, Array]] = field(default_factory=dict)

    def shadow(self, outputs: list[Array], question: Question, mode: TorchShadow) -> Evaluation:
        """Return a run with noise, in the outputs as well: they tell whether complex numbers are computed alike."""
        with_noise_of, share = noisy(self.outputs, mode)
        quiet, loud = (of(self.inputs) for of in (self.outputs, with_noise_of))
        if quiet is not None and loud is not None:
            triples = zip(outputs, quiet, loud, strict=True)
            outputs = [x + share * (b - a) if x.dtype.kind == "f" else x for x, a, b in triples]
        return super().shadow(outputs, question, mode)

    def _differenced(self, j: int, weights: Array) -> tuple[Array, Array]:
        gradient, error = super()._differenced(j, weights)
        places = self.places(j)
        if not np.any(weights):
            return gradient, error
        exact, circles = self._steps(j)
        values = exact @ weights
        distances = np.abs((circles - exact) @ weights)
        # The second nearest of the circles: a single one may agree by chance.
        off = K * np.sort(np.where(np.isfinite(distances), distances, np.inf), axis=0)[1]
        _, off = without_rough(np.where(np.isfinite(values), values, 0.0), off)
        for at, value, distance in zip(places, values, off, strict=True):
            apart = abs(value - gradient[at])
            # Differences that tell nothing do not contradict; an infinite distance does.
            if np.isfinite(distance) and apart <= error[at] + distance:
                gradient[at], error[at] = value, min(distance, apart + error[at])
            else:
                self.differenced.add((j, at))
        if np.count_nonzero(np.isfinite(error)) < JUDGED_SHARE * len(places):
            error = np.full(error.shape, np.inf)
        self.unjudged[j] = [tuple(int(i) for i in at) for at in np.argwhere(np.isinf(error))]
        return gradient, error

    @functools.cached_property
    def _count(self) -> int:
        return sum(x.size for x in self.outputs(self.inputs) or ())

    def _steps(self, j: int) -> tuple[Array, Array]:
        """Return the derivatives of all outputs by each element that is moved, and the means around each circle."""
        if j not in self._exact:
            places = self.places(j)
            circles = [[self._around(j, at, radius) for at in places] for radius in CIRCLE_RADII]
            self._exact[j] = np.array([self._slope(j, at) for at in places]), np.array(circles)
        return self._exact[j]

    def _slope(self, j: int, at: Place) -> Array:
        """Return the derivatives of all outputs by one element."""
        step = COMPLEX_STEP * size_of(self.inputs[j], at)
        return np.asarray(self._answer(j, at, 1j * step).imag / step)

    def _around(self, j: int, at: Place, radius: float) -> Array:
        """Return the derivative by one element as a mean around a circle, of which the upper half tells the lower."""
        way = radius * size_of(self.inputs[j], at)
        turns = np.exp(1j * np.pi * (2 * np.arange(CIRCLE_POINTS) + 1) / (2 * CIRCLE_POINTS))
        # What is the same all around is taken away, lest its rounding be divided by the radius.
        middle = self._answer(j, at, 0j)
        terms = [((self._answer(j, at, way * turn) - middle) / turn).real for turn in turns]
        return np.asarray(np.mean(terms, axis=0) / way)

    def _answer(self, j: int, at: Place, way: complex) -> Array:
        """Return all outputs at a complex distance of one element, flat; NaN where the code does not answer."""
        arrays = [x.astype(np.complex128) if _is_real(x) else x for x in self.inputs]
        arrays[j][at] += way
        outputs = self.of_complex(arrays)
        answer = None if outputs is None else flat(outputs, np.complex128)
        return answer if answer is not None and answer.size == self._count else np.full(self._count, np.nan + 0j)


def _lifted(inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Return inputs with a small imaginary part."""
    return tuple(x + 1j * COMPLEX_STEP * np.abs(x) if _is_real(x) else x for x in inputs)


def _is_real(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"
