"""The truth of NumPy code without a twin: the derivative of its own forward.

The operations of the forward are traced, so that autograd can differentiate them. Code that cannot be traced may take
complex numbers, and is differentiated by the complex step. Either counts only if it gives the numbers of the code
itself, and slopes that differences of the code do not contradict. Else differences are the truth.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import DIRECTIONS, PRECISIONS, K
from gradtwin.core.call import Code, attempt
from gradtwin.core.captured import captured
from gradtwin.core.carrier import rounded
from gradtwin.core.differences import slope_along
from gradtwin.core.errors import UsageError
from gradtwin.core.guards import Watch
from gradtwin.core.noise_numpy import plain
from gradtwin.core.pairs import OfPairs
from gradtwin.core.report import Report
from gradtwin.core.results import arrays_in, misfits, replica
from gradtwin.core.truth import ratios
from gradtwin.ops.complex_step import ComplexStepTwin
from gradtwin.ops.evaluation import Question
from gradtwin.ops.inputs import Inputs
from gradtwin.ops.numeric import DifferenceTwin
from gradtwin.ops.truth import OpTruth, Terms
from gradtwin.ops.twin import Twin

__all__ = ["AUTODIFF", "COMPLEX", "DIFFERENCES", "OwnForward", "without_twin"]

Array = NDArray[Any]
FINE = PRECISIONS["float64"]
NAMED = 3
"""Places that are named of those that are not judged."""
OWN = "its own forward"
AUTODIFF = "no twin: derivatives are held against those that autograd makes of the operations of its own forward"
COMPLEX = (
    "no twin: derivatives are held against the complex step of its own forward, which cannot be traced; "
    "differences bear it out"
)
DIFFERENCES = (
    "no twin: derivatives are held against extrapolated differences of its own forward, which cannot be traced"
)
UNMOVED = "gradient of {}: {} of {} elements were not looked at, since each takes runs of its own"
UNJUDGED = "gradient of {}: {} of {} elements are not judged, where differences show no derivative, as at {}"


@dataclass(frozen=True)
class OwnForward:
    """The forward of a suspect of arrays on some inputs, all of it in float64.

    Parameters
    ----------
    function : callable
        Takes and returns arrays, complex ones among them.
    inputs : Inputs
        At any precision.
    seed : int
        Seed of the directions in which slopes are looked at.
    """

    function: Code
    inputs: Inputs
    seed: int

    def truth(self, traced: Twin, *, is_first: bool) -> tuple[Twin, str]:
        """Return what tells the derivative of the forward, and a remark that says what it is.

        Only a derivative that `is_first` is taken by the complex step.
        """
        watch = Watch({}, tuple(captured(self.function)), libraries=True)
        try:
            if self._is_that_of(traced):
                return traced, AUTODIFF
            if any(self.inputs.pairs):
                raise UsageError("Expected a twin beside code of complex numbers that cannot be traced; got none.")
            stepped = ComplexStepTwin(self.function, self.outputs, self.of_complex, self.inputs.options)
            if is_first and self._is_that_of(stepped) and stepped.is_borne_out(self._arrays):
                return stepped, COMPLEX
        finally:
            watch.settle()  # the calls that are observed must find everything as the user left it
        return DifferenceTwin(self.function, self.outputs, self.inputs.options, self.inputs.pairs), DIFFERENCES

    def _is_that_of(self, twin: Twin) -> bool:
        """Return whether a twin gives the numbers of the forward, and gradients that its slopes do not contradict."""
        outputs = self.outputs(self._arrays, self._options)
        if outputs is None:
            return False
        rng = np.random.default_rng(self.seed)
        cotangents = [rng.standard_normal(x.shape) for x in outputs]
        question = Question(self._arrays, self.inputs.wanted, [cotangents])
        try:
            native = twin.start(question.inputs, question.wanted, FINE.name)
            if [tuple(x.shape) for x in native.outputs] != [x.shape for x in outputs]:
                return False
            truth = OpTruth(twin, question, Terms(FINE, FINE, "cpu", self.seed), native)
            looks = [truth.output(i).first() for i in range(len(outputs))]
            gradients = truth.plain.gradients[0]
        except (UsageError, RuntimeError):
            return False
        if any(e is None or np.any(ratios(x, e) > 1) for x, e in zip(outputs, looks, strict=True)):
            return False
        return all(self._agrees(gradients, cotangents, rng) for _ in range(DIRECTIONS))

    def outputs(self, arrays: Sequence[Any], options: Mapping[str, Any]) -> list[Array] | None:
        """Return what the forward returns; None where it raises, or returns no arrays of real numbers."""
        answer = self._answer(OfPairs(self.function, self.inputs.pairs), arrays, options)
        return None if answer is None else [x.astype(np.float64) if x.dtype.kind == "f" else x for x in answer]

    def of_complex(self, arrays: Sequence[Any], options: Mapping[str, Any]) -> list[Array] | None:
        """Return what the forward returns for complex numbers; None where it raises, or drops imaginary parts."""
        return self._answer(self.function, arrays, options, np.exceptions.ComplexWarning)

    def _answer(
        self, function: Code, arrays: Sequence[Any], options: Mapping[str, Any], *errors: type[Warning]
    ) -> list[Array] | None:
        """Return what a function returns, on copies; None where it raises, or warns of one of these, or has misfits."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for error in errors:
                warnings.simplefilter("error", error)
            copies = [x.copy() if isinstance(x, np.ndarray) else x for x in arrays]
            outcome = attempt("forward", function, *copies, **replica(dict(options)))
        value = plain(outcome.value)
        return None if outcome.findings or any(misfits(value)) else arrays_in(value)

    @cached_property
    def _arrays(self) -> tuple[Any, ...]:
        return tuple(map(_wide, self.inputs.arrays))

    @cached_property
    def _options(self) -> dict[str, Any]:
        return {name: _wide(x) for name, x in self.inputs.options.items()}

    def _agrees(self, gradients: Sequence[Array | None], cotangents: Sequence[Array], rng: np.random.Generator) -> bool:
        """Return whether the slope in a random direction is that of the gradients, as far as differences tell."""
        of_inputs = zip(self._arrays, self.inputs.wanted, strict=True)
        ways = [_size(x) * rng.uniform(-1, 1, x.shape) if wanted else None for x, wanted in of_inputs]

        def line(step: float) -> Array | None:
            pairs = zip(self._arrays, ways, strict=True)
            outputs = self.outputs([x if way is None else x + step * way for x, way in pairs], self._options)
            return None if outputs is None else np.concatenate([o.astype(np.float64).ravel() for o in outputs])

        slope = slope_along(line, np.concatenate([c.ravel() for c in cotangents]))
        parts = [g * way for g, way in zip(gradients, ways, strict=True) if g is not None and way is not None]
        value, size = (sum(float(np.sum(part)) for part in of) for of in (parts, map(np.abs, parts)))
        return not abs(value - slope.value) > K * slope.error + K * FINE.unit * size


def without_twin(report: Report, twin: Twin, inputs: Inputs) -> Report:
    """Return a report in which the twin is called what it is: the suspect's own forward, or its derivative.

    It says which elements were not judged.
    """

    def words(text: str) -> str:
        return text.replace("differs from the twin", f"differs from the derivative of {OWN}").replace("the twin", OWN)

    findings = tuple(replace(f, message=words(f.message), cause=f.cause and words(f.cause)) for f in report.findings)
    # Nobody has chosen another code whose error would be a measure.
    tally = replace(report.tally, beside={})
    remarks = (*map(words, report.remarks), *(_unjudged(twin, inputs) if isinstance(twin, DifferenceTwin) else ()))
    return replace(report, findings=findings, tally=tally, remarks=remarks)


def _unjudged(twin: DifferenceTwin, inputs: Inputs) -> Iterator[str]:
    for j, count in twin.unmoved(inputs.arrays).items():
        if count:
            yield UNMOVED.format(inputs.names[j], count, inputs.arrays[j].size)
    for j, places in twin.unjudged(inputs.arrays).items():
        if places:
            name = inputs.names[j]
            first = ", ".join(f"{name}{list(at)}" for at in places[:NAMED])
            yield UNJUDGED.format(name, len(places), inputs.arrays[j].size, first)


def _wide(x: Any) -> Any:
    return rounded(x, FINE) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def _size(x: Array) -> Array:
    """Return how far each element is moved in a step of one: by its own size, or that of the largest where it is 0."""
    size = np.abs(x)
    largest = float(np.max(size, where=np.isfinite(size), initial=0.0))
    return np.where(size > 0, size, largest or 1.0)
