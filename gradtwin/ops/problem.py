"""What is to be judged, as the user hands it over, and the subject that it becomes at each precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gradtwin.core.call import Code
from gradtwin.core.conditions import Conditions, seed_from
from gradtwin.core.pairs import OfPairs
from gradtwin.forms.foreign import ARRAYS
from gradtwin.forms.nested import ResultLayout
from gradtwin.forms.tensors import TensorCode
from gradtwin.forms.traced import TracedCode
from gradtwin.ops.example import Example
from gradtwin.ops.inputs import Provider, Provides, provided
from gradtwin.ops.optional import Optional, optional_of
from gradtwin.ops.own import OwnForward, without_twin
from gradtwin.ops.rows import require_rows_alone, sample_of
from gradtwin.ops.sides import Request, Sides, Takers, sides_of
from gradtwin.ops.subject import Manner, Origin, Subject
from gradtwin.ops.suspect import differentiated, writing
from gradtwin.ops.twin import Twin

__all__ = ["Problem"]

SUBGRADIENT = "another subgradient"
"""What is accepted where nobody has said which of the slopes at a kink is meant."""
IN_PAIRS = "complex numbers are judged as pairs: the last index is 0 for a real part and 1 for an imaginary part"


@dataclass(frozen=True)
class Problem:
    """A suspect, its twin and their inputs at every precision; the fields are arguments of `check`.

    `takers` are named where the inputs go to others than `forward` and `twin`. It is `by_hand` where a derivative by
    hand is judged that is no backward, as a product with the Jacobian.
    """

    forward: Any
    backward: Any
    twin: Code | None
    inputs: Provides | Provider
    options: Mapping[str, Any]
    differentiable: Sequence[str] | None = None
    manner: Manner = field(default_factory=Manner)
    takers: Sequence[Takers] = ()
    form: str | None = None
    by_hand: bool = False

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""
        brought = provided(self.inputs, at)
        sides = self._sides(brought)
        adapt, p = sides.form.framework.adapt, sides.precision(dtype)
        code = adapt(sides.pair.forward, p, at.device)
        backward = None if sides.backward is None else adapt(sides.backward, p, at.device)
        forward, backward = writing(code, backward, sides.names, self.manner.writes)
        forward = self.manner.apart("forward", forward)
        backward = None if backward is None else self.manner.apart("backward", backward)
        inputs = sides.inputs(p, self.differentiable, needs_gradient=backward is not None)
        twin, seed = Twin(sides.pair.twin, inputs.options, inputs.pairs), seed_from(f"{at.name}/{dtype}", at.seed)
        layout = ResultLayout()
        is_own_numpy = self.twin is None and sides.form.framework is ARRAYS
        remarks = (*sides.form.remarks, *sides.pair.remarks, *([IN_PAIRS] if any(inputs.pairs) else []))
        if is_own_numpy:
            traced = TracedCode(writing(sides.pair.forward, None, sides.names, self.manner.writes)[0])
            own = OwnForward(layout.flat(forward), inputs, seed)
            twin, taken = own.truth(Twin(traced, inputs.options, inputs.pairs), is_first=not self.by_hand)
            remarks = (*remarks, taken)
        sample, pairs = sample_of(inputs, seed), inputs.pairs
        if sample is not None:
            require_rows_alone(sample, twin)
            inputs, remarks = sample.inputs, (*remarks, *sample.remarks)

        def of_arrays(function: Code, *, is_backward: bool) -> Code:
            embedded = function if sample is None else sample.embed(function)
            return OfPairs(embedded, pairs, (lambda: twin.complex_outputs) if is_backward else None)

        suspects = [sides.form.parameters_of, *([self.backward] if callable(self.backward) else [])]
        passed = (*inputs.names, *inputs.options)
        optional = Optional() if self.twin is None else optional_of(suspects, self.twin, passed)
        origin = Origin(
            sides.form.words,
            sides.pair.faults,
            remarks,
            code=code if isinstance(code, TensorCode) else None,
            layout=layout,
            optional=optional,
            example=Example(self.forward, self.backward, self.twin, brought),
        )
        if sample is not None:
            origin = replace(origin, told=sample.placed)
        if self.twin is None:
            tell = origin.told
            origin = replace(origin, told=lambda report: without_twin(tell(report), twin, inputs))
        accept = (*self.manner.accept, *([SUBGRADIENT] if is_own_numpy else []))
        subject = Subject(
            of_arrays(layout.flat(forward), is_backward=False),
            None if backward is None else of_arrays(layout.taking(backward), is_backward=True),
            twin,
            inputs,
            replace(
                self.manner,
                asked=at.asked,
                buffers=sides.pair.buffers,
                compares_values=self.twin is not None,
                accept=accept,
                output_names=_output_names(self.manner, twin),
            ),
            p,
            at.device,
            seed,
            origin,
        )
        return subject if backward is not None else differentiated(subject, code, sides.form, of_arrays)

    def _sides(self, inputs: Provides) -> Sides:
        """Return both sides as functions of arrays, and what they are called with."""
        may_run = not self.manner.is_isolated
        return sides_of(
            Request(
                self.forward,
                self.backward,
                self.twin,
                inputs,
                self.options,
                self.form,
                self.takers,
                may_run,
                self.by_hand,
            )
        )


def _output_names(manner: Manner, twin: Twin) -> Callable[[int], Sequence[str] | None]:
    """Return what names that many outputs: the user, or the twin, where it returns them by names."""

    def names(count: int) -> Sequence[str] | None:
        own = manner.output_names(count)
        named = [f"output{name}" for name in twin.layout or ()]
        return own if own is not None or len(named) != count else named

    return names
