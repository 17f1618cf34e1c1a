"""What a row is to those who judge it, and a trial: one check of a row, made and judged by the kind of the row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from gradtwin.core.conditions import Conditions, seed_from
from gradtwin.core.inputs import Draw
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.project.case import Case, Inputs, Misprint, Refusal
from gradtwin.project.modules import obtain

__all__ = ["Row", "Trial", "both_refuse", "refusal_trials", "tensor", "trials_by_family", "verify_command"]


class Row(Protocol):
    """What every kind of row has."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    kind: ClassVar[str]
    """What `gradtwin list` calls the kind."""
    sides: ClassVar[tuple[tuple[str, str], ...]]
    """The fields that name modules: of the suspect's side, and of the twin's."""
    takes_long: ClassVar[bool]
    """Whether a trial takes so long that `gradtwin show` leaves it to `verify`."""

    @property
    def name(self) -> str:
        """``family.name``, as the commands know the row."""

    @property
    def suspect(self) -> str:
        """The suspect's module."""

    @property
    def twin(self) -> str:
        """The twin's module."""

    @property
    def cases(self) -> Sequence[Case]:
        """What the row is tried on."""

    @property
    def tags(self) -> Sequence[str]:
        """Further names of the row."""

    def trials(self, conditions: Conditions, steps: int | None = None) -> Iterator[Trial]:
        """Yield every trial of the row; training runs and those of optimizers stop after `steps`."""

    def judge(self, trial: Trial, case: Any) -> Report:
        """Judge a trial on a case that must match, as `trials` yields it."""

    def refuse(self, trial: Trial, refusal: Refusal) -> Report:
        """Judge a call that both sides must refuse."""

    def numbers(self, trial: Trial, case: Any) -> Iterator[str]:
        """Yield what `gradtwin show` prints of a trial, beside both sources and the verdict."""

    def summary(self, reports: Sequence[Report]) -> Iterator[str]:
        """Yield what `gradtwin verify` prints of the row after the table, out of the reports of its trials."""


@dataclass(frozen=True)
class Trial:
    """One check of a row: a case on a family at a precision, a refusal, or a misprint.

    Parameters
    ----------
    row : Row
        The row.
    case : Case, Refusal or Misprint
        What to call it with.
    title : str
        What the trial's id calls it.
    conditions : Conditions
        One precision, device and seed.
    family : str
        Input family, or regime of the gradients; empty where neither applies.
    variant : str
        The implementation of torch that an optimizer is judged against, if not the one that torch chooses.
    steps : int, optional
        Stop a training run, or that of an optimizer, after that many steps.
    size : float
        How many times longer a batch is than the row says.
    """

    row: Row
    case: Case | Refusal | Misprint
    title: str
    conditions: Conditions
    family: str = ""
    variant: str = ""
    steps: int | None = None
    size: float = 1.0

    @property
    def dtype(self) -> str:
        """The precision under test."""
        (dtype,) = self.conditions.dtypes
        return dtype

    @property
    def id(self) -> str:
        """The name of the trial: ``family.op-case-dtype``, with the input family after the case."""
        return "-".join((self.row.name, ".".join(filter(None, (self.title, self.family, self.variant))), self.dtype))

    @property
    def command(self) -> str:
        """The command that repeats the row's checks at this precision and seed."""
        return verify_command(self.row, self.conditions)

    @property
    def named_conditions(self) -> Conditions:
        """The conditions of the trial's check: its own, with name and command."""
        return replace(self.conditions, name=self.id, command=self.command)

    def keywords(self) -> dict[str, Any]:
        """Return the keyword arguments of the trial's check that every check takes."""
        return self.named_conditions.keywords()

    def inputs(self, function: Inputs, kinks: Sequence[float] = ()) -> Any:
        """Return the inputs that a function of the project draws for this trial."""
        rng = np.random.default_rng(seed_from(self.id, self.conditions.seed))
        draw = Draw(rng, self.family or "typical", self.dtype, kinks, self.size)
        return obtain(function, draw, self.row.name, "inputs")

    def run(self) -> Report:
        """Judge it."""
        if isinstance(self.case, Refusal):
            return self.row.refuse(self, self.case)
        return self.row.judge(self, self.case)


def verify_command(row: Row, conditions: Conditions) -> str:
    """Return the command that judges a row under these conditions."""
    precisions = "".join(f" --dtype {dtype}" for dtype in conditions.dtypes)
    device = "" if conditions.device == "cpu" else f" --device {conditions.device}"
    return f"python -m gradtwin verify {row.name}{precisions}{device} --seed {conditions.seed}"


def trials_by_family(row: Row, cases: Sequence[Case], conditions: Conditions) -> Iterator[Trial]:
    """Yield a trial of each case on each of its input families."""
    return (Trial(row, case, case.name, conditions, family) for case in cases for family in case.families)


def refusal_trials(row: Row, refusals: Sequence[Refusal], conditions: Conditions) -> Iterator[Trial]:
    """Yield a trial of each refusal, at the first precision: what is refused is the call, not its numbers."""
    first = next(conditions.by_precision())
    return (Trial(row, refusal, f"refuses {refusal.name}", first) for refusal in refusals)


def both_refuse(trial: Trial, ours: Callable[[], Any], theirs: Callable[[], Any]) -> Report:
    """Judge a call that must be refused: by the twin, and by the suspect with a ValueError or a TypeError."""
    messages = []
    try:
        theirs()
    except Exception:  # torch refuses with many types
        pass
    else:
        messages.append("the twin accepts what the row says it refuses")
    try:
        ours()
    except (ValueError, TypeError):
        pass
    except Exception as error:  # anything else is no clear refusal
        messages.append(f"refused with {type(error).__name__} where a ValueError or a TypeError is expected: {error}")
    else:
        messages.append("the suspect accepts what it should refuse")
    findings = tuple(Finding("mismatch", "refusal", message) for message in messages)
    return Report(trial.id, findings, Tally(checks=1), command=trial.command)


def tensor(x: Any) -> Any:
    """Return an array as a tensor of its own memory, and anything else as it is."""
    import torch

    return torch.from_numpy(np.array(x)) if isinstance(x, np.ndarray) else x
