"""What one check is about: the suspect, its twin and the inputs, at one precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import Precision, accumulator_of
from gradtwin.core.call import Code
from gradtwin.core.captured import Place
from gradtwin.core.carrier import rounded
from gradtwin.core.report import Report
from gradtwin.forms.examination import Examination
from gradtwin.forms.nested import ResultLayout
from gradtwin.forms.tensors import TensorCode
from gradtwin.hunt.ground import Cotangents, unchanged
from gradtwin.ops.evaluation import Forward, Question
from gradtwin.ops.history import other_inputs, shared_places
from gradtwin.ops.inputs import Inputs
from gradtwin.ops.optional import Optional
from gradtwin.ops.truth import OpTruth, Terms
from gradtwin.ops.twin import Twin

__all__ = ["Manner", "Origin", "Subject", "numbered"]

Array = NDArray[Any]


def numbered(word: str, count: int) -> list[str]:
    """Return the word for one thing, or the word with a number for each of several."""
    return [word] if count == 1 else [f"{word} {i}" for i in range(count)]


def _here(what: str, function: Any) -> Any:
    return function


def _without_example(inputs: Inputs) -> str | None:
    return None


def _as_it_is(report: Report) -> Report:
    return report


@dataclass(frozen=True)
class Manner:
    """How a suspect is judged, at every precision alike.

    Parameters
    ----------
    kinks : tuple of float
        Points without a derivative.
    exact : bool
        Whether to admit no rounding.
    signed_zeros : tuple of str
        Of what to refuse zeros of another sign: ``outputs``, ``gradients``.
    accept : tuple of str
        Names of `CONVENTIONS`: differences that make a match.
    accumulator_dtype : str, optional
        The precision in which sums are added up; float32, or that of the results where that is finer, if not given.
    decides : bool
        Whether the last output is labels, after which the twin returns their margin.
    output_names : callable
        Returns the names of that many outputs, or None; asked once the suspect has run.
    writes : tuple of str
        The names of the arguments that the suspect may write into.
    asked : bool
        Whether the user named the precision: a wider result is then a fault, otherwise a note.
    buffers : tuple of str
        The names of the buffers that are returned after the outputs.
    compares_values : bool
        Whether the twin is other code than the suspect's forward, so that its values tell something of that.
    jacobian : bool
        Whether every entry of the Jacobian is judged alone.
    effort : str
        How much is tried besides the inputs at hand, by a name of `HUNT_WORK`.
    has_inputs : bool
        Whether the user brought inputs.
    drawn : callable
        What becomes of the cotangents that are drawn at random.
    apart : callable
        Returns a function of the suspect's, ``forward`` or ``backward``, as it is called: here, or in another process.
    """

    kinks: tuple[float, ...] = ()
    exact: bool = False
    signed_zeros: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    accumulator_dtype: str | None = None
    decides: bool = False
    output_names: Callable[[int], Sequence[str] | None] = lambda count: None
    writes: tuple[str, ...] = ()
    asked: bool = True
    buffers: tuple[str, ...] = ()
    compares_values: bool = True
    jacobian: bool = False
    effort: str = "none"
    has_inputs: bool = True
    drawn: Cotangents = unchanged
    apart: Callable[[str, Any], Any] = _here

    @property
    def is_isolated(self) -> bool:
        """Whether the suspect runs in another process."""
        return self.apart is not _here

    def names_of(self, count: int) -> Sequence[str]:
        """Return the names of that many outputs, the buffers among them."""
        outputs = count - len(self.buffers)
        names = self.output_names(outputs)
        return (*(numbered("output", outputs) if names is None else names), *(f"buffer {n}" for n in self.buffers))


@dataclass(frozen=True)
class Origin:
    """What a suspect was read as, and what was seen of it before it ran.

    Parameters
    ----------
    words : str
        What it was taken for; empty where there is nothing to say.
    faults, remarks : tuple of str
        What is wrong with its form, and what the user may want to know.
    gradient : callable, optional
        Makes the backward that its framework derives, of which inputs get a gradient and, if it is not of all, for a
        cotangent of which output alone; None where the backward is by hand, or there is none.
    examine : callable, optional
        Looks at what goes wrong besides values and gradients.
    code : TensorCode, optional
        The suspect as code of tensors, if it is that.
    layout : ResultLayout
        How the suspect lays out its results.
    told : callable
        Returns a report as it is told: with the places that the judged rows have among all, where some rows are judged
        alone, and without a twin where there is none.
    optional : Optional
        The options that were left at their defaults.
    example : callable
        Returns a call of the check on other inputs, as Python, or None.
    """

    words: str = ""
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    gradient: Callable[..., Any] | None = None
    examine: Callable[[], Examination] | None = None
    code: TensorCode | None = None
    layout: ResultLayout = field(default_factory=ResultLayout)
    told: Callable[[Report], Report] = _as_it_is
    optional: Optional = field(default_factory=Optional)
    example: Callable[[Inputs], str | None] = _without_example


@dataclass(frozen=True)
class Subject:
    """A suspect on one set of inputs at one precision.

    Parameters
    ----------
    forward, backward : callable
        The suspect; no backward, no gradients.
    twin : Twin
        Its twin.
    inputs : Inputs
        What both are called with.
    manner : Manner
        How it is judged.
    precision : Precision
        The precision under test.
    device : str
        Where the twin runs at that precision.
    seed : int
        Seed of cotangents and shadow runs.
    origin : Origin
        What the suspect was read as.
    """

    forward: Code
    backward: Code | None
    twin: Twin
    inputs: Inputs
    manner: Manner
    precision: Precision
    device: str
    seed: int
    origin: Origin = field(default_factory=Origin)

    @property
    def sizes(self) -> Mapping[str, int]:
        """The numbers that a reduction may have got wrong; none where the twin returns as much as it takes."""
        return self.inputs.sizes if all(o.numel() < self.inputs.terms for o in self.native.outputs) else {}

    @property
    def accumulator(self) -> Precision:
        """The precision in which sums are added up."""
        return accumulator_of(self.precision, self.manner.accumulator_dtype)

    @property
    def wanted(self) -> tuple[bool, ...]:
        """Whether each input gets a gradient."""
        return tuple(w and self.backward is not None for w in self.inputs.wanted)

    @cached_property
    def native(self) -> Forward:
        """The twin's run at the precision under test, gone forward."""
        return self.twin.start(self.inputs.arrays, self.wanted, self.precision.name, self.device)

    @cached_property
    def others(self) -> list[Inputs]:
        """Other inputs, for calls between those that are judged."""
        return other_inputs(self.inputs, self.twin, self.precision.name)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where others find what the suspect must leave as it is."""
        # Without a twin nobody shares the suspect's own state with it.
        twin = self.twin.function if self.manner.compares_values else None
        return shared_places(twin, [self.forward, self.backward, *self.inputs.options.values()])

    def truth(self, cotangents: Sequence[Sequence[Array]]) -> OpTruth:
        """Return what the twin says for these choices of cotangents, each with one an output."""
        choices = cotangents if self.backward is not None else ()
        question = Question(self.inputs.arrays, self.wanted, choices)
        terms = Terms(self.precision, self.accumulator, self.device, self.seed, self.manner.exact)
        return OpTruth(self.twin, question, terms, self.native)

    def cotangent(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw a cotangent; powers of two where the comparison is exact."""
        # A product with a power of two does not round.
        exact = self.manner.exact
        values = rng.choice([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0], shape) if exact else rng.standard_normal(shape)
        return rounded(np.asarray(values), self.precision)

    def cotangents(self, shapes: Sequence[tuple[int, ...]]) -> list[list[Array]]:
        """Draw the choices of cotangents for outputs of these shapes: random ones, zeros, and one number expanded.

        The last is left out where no output has more than one element.
        """
        rng = np.random.default_rng(self.seed)
        random = self.manner.drawn([self.cotangent(rng, shape) for shape in shapes])
        zeros = [np.zeros_like(c) for c in random]
        # Their order is that of the places in `ops/gradients.py`; the random ones alone must prove something.
        if not any(c.size > 1 for c in random):
            return [random, zeros]
        return [random, zeros, [np.broadcast_to(self.cotangent(rng, ()), c.shape) for c in random]]
