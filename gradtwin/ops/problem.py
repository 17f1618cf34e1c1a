"""What is to be judged, as the user hands it over, and the subject that it becomes at each precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradtwin.core.bound import Precision, array_precision, precision
from gradtwin.core.call import Code, input_names
from gradtwin.core.carrier import is_carrying, is_tensor
from gradtwin.core.conditions import Conditions, seed_from
from gradtwin.core.pairs import OfPairs, as_pairs, is_complex
from gradtwin.core.signatures import Passed, require_takers
from gradtwin.forms.foreign import ARRAYS
from gradtwin.forms.form import Form
from gradtwin.forms.modules import Pair, paired
from gradtwin.forms.recognise import recognised
from gradtwin.forms.tensors import TensorCode, as_array
from gradtwin.forms.traced import Traced
from gradtwin.ops.inputs import Inputs, Provider, Provides, cast, cast_option, is_setting, provided, with_gradient
from gradtwin.ops.own import OwnForward, without_twin
from gradtwin.ops.rows import require_rows_alone, sample_of
from gradtwin.ops.subject import Manner, Origin, Subject
from gradtwin.ops.suspect import by_keyword, differentiated, twin_of, writing
from gradtwin.ops.twin import Twin

__all__ = ["Problem", "Takers"]

SUBGRADIENT = "another subgradient"
"""What is accepted where nobody has said which of the slopes at a kink is meant."""
IN_PAIRS = "complex numbers are judged as pairs: the last index is 0 for a real part and 1 for an imaginary part"


@dataclass(frozen=True)
class Takers:
    """Who is called with the inputs, by the user's word for it.

    Parameters
    ----------
    sides : mapping
        The functions.
    options : sequence of str
        The names of the options that they are called with.
    withheld : int
        How many of the last inputs they are not called with.
    """

    sides: Mapping[str, Code]
    options: Sequence[str]
    withheld: int = 0

    def require(self, count: int, names: Sequence[str] | None) -> None:
        """Raise a UsageError unless they take that many inputs, or the inputs of these names."""
        taken = max(count - self.withheld, 0)
        require_takers(self.sides, Passed(taken, None if names is None else names[:taken], self.options))


@dataclass(frozen=True)
class Problem:
    """A suspect, its twin and their inputs at every precision; the fields are arguments of `check`.

    `takers` are named where the inputs go to others than `forward` and `twin`. It is `by_hand` where a derivative by
    hand is judged that is no backward, as a product with the Jacobian.
    """

    forward: Code
    backward: Code | None
    twin: Code | None
    inputs: Provides | Provider
    options: Mapping[str, Any]
    differentiable: Sequence[str] | None = None
    manner: Manner = field(default_factory=Manner)
    takers: Takers | None = None
    by_hand: bool = False

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""
        sides = self._sides(provided(self.inputs, at))
        adapt, p = sides.form.framework.adapt, sides.precision(dtype)
        code = adapt(sides.pair.forward, p, at.device)
        backward = None if sides.backward is None else adapt(sides.backward, p, at.device)
        forward, backward = writing(code, backward, sides.names, self.manner.writes)
        forward = self.manner.apart("forward", forward)
        backward = None if backward is None else self.manner.apart("backward", backward)
        inputs = sides.inputs(p, self.differentiable, needs_gradient=backward is not None)
        twin, seed = Twin(sides.pair.twin, inputs.options, inputs.pairs), seed_from(f"{at.name}/{dtype}", at.seed)
        is_own_numpy = self.twin is None and sides.form.framework is ARRAYS
        if is_own_numpy:
            traced = Traced(writing(sides.pair.forward, None, sides.names, self.manner.writes)[0])
            own = OwnForward(OfPairs(forward, inputs.pairs, None), inputs, seed)
            twin, taken = own.truth(Twin(traced, inputs.options, inputs.pairs))
        remarks = (*sides.pair.remarks, *([IN_PAIRS] if any(inputs.pairs) else []), *([taken] if is_own_numpy else []))
        sample, pairs = sample_of(inputs, seed), inputs.pairs
        if sample is not None:
            require_rows_alone(sample, twin)
            inputs, remarks = sample.inputs, (*remarks, *sample.remarks)

        def of_arrays(function: Code, *, is_backward: bool) -> Code:
            embedded = function if sample is None else sample.embed(function)
            return OfPairs(embedded, pairs, (lambda: twin.complex_outputs) if is_backward else None)

        origin = Origin(
            sides.form.words,
            sides.pair.faults,
            remarks,
            code=code if isinstance(code, TensorCode) else None,
        )
        if sample is not None:
            origin = replace(origin, told=sample.placed)
        if self.twin is None:
            tell = origin.told
            origin = replace(origin, told=lambda report: without_twin(tell(report), twin, inputs))
        accept = (*self.manner.accept, *([SUBGRADIENT] if is_own_numpy else []))
        subject = Subject(
            of_arrays(forward, is_backward=False),
            None if backward is None else of_arrays(backward, is_backward=True),
            twin,
            inputs,
            replace(
                self.manner,
                asked=at.asked,
                buffers=sides.pair.buffers,
                compares_values=self.twin is not None,
                accept=accept,
            ),
            p,
            at.device,
            seed,
            origin,
        )
        return subject if backward is not None else differentiated(subject, code, sides.form, of_arrays)

    def _sides(self, inputs: Provides) -> _Sides:
        """Return both sides as functions of the inputs by position, and what they are called with."""
        by_name = tuple(inputs) if isinstance(inputs, Mapping) else ()
        values = tuple(inputs.values()) if isinstance(inputs, Mapping) else tuple(inputs)
        form = Form("", self.forward, self.forward, ARRAYS) if self.takers else recognised(self.forward, values)
        forward, backward = form.entry, self.backward
        twin = twin_of(self.twin, form, has_backward=backward is not None or self.by_hand)
        sides = {"forward": forward} if self.twin is None else {"forward": forward, "twin": twin}
        takers = self.takers or Takers(sides, tuple(self.options))
        takers.require(len(values), by_name or None)
        # From the suspect as it came: what is put around it below takes any number of arguments, without names.
        names = by_name or input_names(form.parameters_of, len(values))
        if by_name:
            forward, twin = by_keyword(forward, names), by_keyword(twin, names)
            backward = None if backward is None else by_keyword(backward, names)
        pair = paired(form.entry, forward, twin) if backward is None else Pair(forward, twin)
        return _Sides(form, pair, backward, names, values, self.options)


@dataclass(frozen=True)
class _Sides:
    """Both sides of a problem, and what they are called with."""

    form: Form
    pair: Pair
    backward: Code | None
    input_names: tuple[str, ...]
    input_values: tuple[Any, ...]
    options: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs, and of the parameters after them."""
        parameters = (n if n not in self.input_names else f"parameter {n}" for n in self.pair.parameters)
        return (*self.input_names, *parameters)

    def precision(self, dtype: str) -> Precision:
        """Return the precision of that name, which arrays must have if they carry no other and arrays are taken."""
        carries = any(map(is_carrying, self.input_values))
        return array_precision(dtype) if self.form.framework.takes_arrays and not carries else precision(dtype)

    def inputs(self, p: Precision, differentiable: Sequence[str] | None, *, needs_gradient: bool) -> Inputs:
        """Return what both sides are called with, at a precision."""
        names, options = self.names, dict(self.options)
        values: tuple[Any, ...] = (*self.input_values, *self.pair.parameters.values())
        beside_tensors = any(map(is_tensor, values)) and not self.form.framework.takes_arrays
        if not self.form.framework.takes_arrays:
            values = tuple(as_array(x, f"input {n!r}") for n, x in zip(names, values, strict=True))
            options = {n: as_array(x, f"option {n!r}") for n, x in options.items()}
        values = tuple(np.asarray(x) if isinstance(x, (complex, np.complexfloating)) else x for x in values)
        arrays = tuple(
            x if beside_tensors and is_setting(x) else cast(as_pairs(x), p, f"input {n!r}")
            for n, x in zip(names, values, strict=True)
        )
        wanted = with_gradient(arrays, names, differentiable, needed=needs_gradient)
        options = {n: cast_option(x, p, n) for n, x in options.items()}
        return Inputs(arrays, names, wanted, options, tuple(map(is_complex, values)))
