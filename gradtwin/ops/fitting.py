"""Models as functions of their data and of what they are asked, and what both sides of a check show of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter, Signature
from typing import Any

import torch

from gradtwin.core.call import Code, StructureError, aside, enter
from gradtwin.core.carrier import is_tensor, to_tensor
from gradtwin.core.coverage import ANSWERS, LEARNED, Coverage, Part
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding
from gradtwin.core.twin_code import TwinCode
from gradtwin.forms.fitted import Estimator, Fitted, name_of
from gradtwin.ops.labels import finite
from gradtwin.ops.subject import Subject

__all__ = ["SharedQuantities", "SuspectFit", "TwinFit", "as_tensor", "called_by", "common_of"]

UNJUDGED = "only the {side} has {names}: not judged"
OTHER_PARTS = "is {ours} where the twin has {theirs}"


@dataclass(frozen=True)
class SharedQuantities:
    """What both sides show, and is judged.

    Parameters
    ----------
    learned : tuple of str
        The attributes that are looked into.
    asked : tuple of str
        The methods that are called.
    names : tuple of str
        The names of the arrays in both, in the order of the outputs.
    by_functions : bool
        Whether both sides are functions, of which the quantities are called otherwise.
    findings : tuple of Finding
        What is of another form.
    remarks : tuple of str
        What only one side has.
    """

    learned: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    by_functions: bool = False
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def quantities(self) -> tuple[str, ...]:
        """How the report calls the outputs."""
        if not self.by_functions:
            return self.names
        return tuple("prediction" if self._is_answer(n) else f"fitted.{n}" for n in self.names)

    def quantities_of(self, count: int) -> tuple[str, ...] | None:
        """Return how the report calls that many outputs; None where there are others."""
        return self.quantities if len(self.names) == count else None

    def covered(self, coverage: Coverage) -> Coverage:
        """Return what a report covers, with what is learned apart from what is answered."""
        kinds = {
            q: ANSWERS if self._is_answer(n) else LEARNED for q, n in zip(self.quantities, self.names, strict=True)
        }

        def told(part: Part) -> Part:
            return part._replace(kind=kinds.get(part.name, part.kind))

        unproven = {told(part): why for part, why in coverage.unproven.items()}
        return Coverage(tuple(map(told, coverage.proven)), unproven, tuple(map(told, coverage.zeros)))

    def values(self, fitted: Fitted, X: Any, like: Any) -> dict[str, Any]:
        """Return what something fitted shows, by name."""
        answers = fitted.answers_of(self.asked, X, like)
        shows = {**fitted.leaves_of(self.learned, like), **answers}
        return {name: shows[name] for name in self.names if name in shows}

    def _is_answer(self, name: str) -> bool:
        return _whole_of(name) in self.asked


@dataclass(frozen=True)
class SuspectFit:
    """A model as one function of its data and of what it is asked, of which the parameters have these names."""

    model: Estimator
    common: SharedQuantities
    parameters: tuple[str, ...] = ()

    @property
    def __signature__(self) -> Signature:
        if not self.parameters:
            return Signature([Parameter("inputs", Parameter.VAR_POSITIONAL)])
        return Signature([Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in self.parameters])

    def __call__(self, *inputs: Any, **by_name: Any) -> tuple[Any, ...]:
        fitted, X, like = _fitted(self.model, inputs, by_name)
        values = self.common.values(fitted, X, like)
        missing = [name for name in self.common.names if name not in values]
        if missing:
            raise StructureError(f"has no {', '.join(missing)} after this fit, as it had after another one")
        return tuple(values.values())


@dataclass(frozen=True)
class TwinFit:
    """A model in PyTorch as one function, which must show what the suspect shows, and tells its margin."""

    model: Estimator
    common: SharedQuantities
    margin: Code | None = None

    def __post_init__(self) -> None:
        _name_after(self, self.model)

    def __call__(self, *inputs: Any, **by_name: Any) -> tuple[Any, ...]:
        fitted, X, like = _fitted(self.model, inputs, by_name)
        values = self.common.values(fitted, X, like)
        missing = [name for name in self.common.names if name not in values]
        if missing:
            raise UsageError(
                f"Expected the twin to have {', '.join(missing)} after every fit; got none after this one."
            )
        margin = () if self.margin is None else (finite(enter(self.margin, fitted.whole, X)),)
        return (*map(torch.as_tensor, values.values()), *margin)


@dataclass(frozen=True)
class _ModelView:
    """All that a model shows after a fit, as a function of the data and of what it is asked.

    With `expected`, it must learn what has these names.
    """

    model: Estimator
    asked: Sequence[str]
    expected: Sequence[str] | None = None

    def __post_init__(self) -> None:
        _name_after(self, self.model)

    def __call__(self, *inputs: Any, **by_name: Any) -> tuple[Fitted, dict[str, Any], dict[str, Any]]:
        fitted, X, like = _fitted(self.model, inputs, by_name)
        learned = fitted.leaves_of(tuple(fitted.attributes), like)
        if self.expected is not None and list(learned) != list(self.expected):
            expected, got = ([f"fitted.{name}" for name in names] for names in (self.expected, learned))
            raise UsageError(f"Expected the twin's fit to return {_listed(expected)}; got {_listed(got)}.")
        return fitted, learned, fitted.answers_of(self.asked, X, like)


def common_of(model: Estimator, twin: Estimator, subject: Subject, names: Sequence[str]) -> SharedQuantities:
    """Return what both sides show after a fit to the subject's inputs, which are passed by these names.

    Nothing, where the suspect cannot be fitted: the judgement will tell.
    """
    asked = tuple(name for name in model.answers if name in twin.answers)
    by_functions = model.by_functions and twin.by_functions
    arrays = subject.inputs.arrays
    ours = aside("forward", called_by(names, _ModelView(model, asked)), arrays, {}, subject.places)
    expected = tuple(ours.value[1]) if by_functions and not ours.findings else None
    of_twin = TwinCode(_ModelView(twin, asked, expected))
    # Where the suspect has failed, too: what neither takes is no fault of the suspect.
    with of_twin.at(subject.precision.name, "cpu"):
        theirs = called_by(names, of_twin)(*(as_tensor(x, subject) for x in arrays))
    if ours.findings:
        return SharedQuantities(asked=asked, names=asked, by_functions=by_functions)
    return replace(_compared(ours.value, theirs, asked, (model, twin)), by_functions=by_functions)


def _compared(ours: Any, theirs: Any, asked: tuple[str, ...], sides: tuple[Estimator, Estimator]) -> SharedQuantities:
    """Return what is common to what both sides show."""
    (mine, my_leaves, my_answers), (other, other_leaves, other_answers) = ours, theirs
    tops = {_whole_of(name) for name in my_leaves}, {_whole_of(name) for name in other_leaves}
    either = mine.learned | other.learned
    learned = tuple(n for n in mine.attributes if n in tops[0] & tops[1] & either)
    mine_shown = [n for n in (*my_leaves, *my_answers) if _whole_of(n) in (*learned, *asked)]
    other_shown = [n for n in (*other_leaves, *other_answers) if _whole_of(n) in (*learned, *asked)]
    names = tuple(n for n in mine_shown if n in other_shown)
    if not names:
        raise UsageError(
            f"Expected model and twin to share names of what they learn or can be asked; got "
            f"{_listed((*mine.learned, *sides[0].answers))} of model and "
            f"{_listed((*other.learned, *sides[1].answers))} of twin."
        )
    remarks = [
        *_alone("model", (mine.learned & tops[0]) - tops[1], set(sides[0].answers) - set(asked)),
        *_alone("twin", (other.learned & tops[1]) - tops[0], set(sides[1].answers) - set(asked)),
    ]
    wholes = dict.fromkeys(_whole_of(n) for n in (*mine_shown, *other_shown) if n not in names)
    differing = {w: [[n for n in shown if _whole_of(n) == w] for shown in (mine_shown, other_shown)] for w in wholes}
    findings = tuple(
        Finding("structure", whole, OTHER_PARTS.format(ours=_listed(a), theirs=_listed(b)))
        for whole, (a, b) in differing.items()
    )
    return SharedQuantities(learned, asked, names, False, findings, tuple(remarks))


def _name_after(function: Any, model: Estimator) -> None:
    """Give a function of a model its name, for what is said where it raises."""
    owner = model.side if hasattr(model.side, "__qualname__") else type(model.side)
    for attribute, name in (("__module__", owner.__module__), ("__qualname__", name_of(model.side))):
        object.__setattr__(function, attribute, name)


def _fitted(model: Estimator, inputs: Sequence[Any], by_name: Mapping[str, Any]) -> tuple[Fitted, Any, Any]:
    """Return what is fitted to all inputs but the last, the last, and the first floating one."""
    data = dict(by_name)
    *rest, X = inputs or (data.pop(list(data)[-1]),)
    like = next((x for x in (*rest, *data.values(), X) if _is_floating(x)), None)
    return model.fit(rest, data), X, like


def _is_floating(x: Any) -> bool:
    return x.is_floating_point() if is_tensor(x) else hasattr(x, "dtype") and x.dtype.kind == "f"


def called_by(names: Sequence[str], function: Code) -> Code:
    """Return a function of inputs by position, which passes them by these names if there are any."""
    return lambda *inputs: (
        enter(function, **dict(zip(names, inputs, strict=True))) if names else enter(function, *inputs)
    )


def as_tensor(x: Any, subject: Subject) -> Any:
    """Return an array as a tensor in the precision of a subject, and anything else as it is."""
    return to_tensor(x, subject.precision.name) if hasattr(x, "dtype") else x


def _whole_of(name: str) -> str:
    """Return the attribute, or the method, that a name begins with."""
    return name.partition("[")[0].partition(".")[0]


def _alone(side: str, learned: set[str] | frozenset[str], asked: set[str]) -> Iterator[str]:
    names = sorted({*learned, *asked})
    if names:
        yield UNJUDGED.format(side=side, names=", ".join(names))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
