"""The kinds of row: a file each, with what such a row says and with all that is done with it.

A row holds facts about a pair, never a tolerance and never a skip. A new kind is a frozen dataclass in a file of this
room that has what `Row` has, and a place in `KINDS`; nobody else asks of which kind a row is.

The checks are imported where they are called, since whoever lists the rows must not wait for torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import Field
from typing import Any, ClassVar, Protocol, TypeGuard

from gradtwin.core.conditions import Conditions
from gradtwin.core.report import Report
from gradtwin.project.case import Case, Refusal
from gradtwin.project.kinds.model import Model
from gradtwin.project.kinds.op import Op
from gradtwin.project.kinds.optimizer import Optimizer
from gradtwin.project.kinds.scheduler import Scheduler
from gradtwin.project.kinds.training import Training
from gradtwin.project.trials import Trial

__all__ = ["KINDS", "Model", "Op", "Optimizer", "Row", "Scheduler", "Training", "is_row"]


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


KINDS: tuple[type[Row], ...] = (Op, Model, Optimizer, Scheduler, Training)
"""Every kind of row."""


def is_row(value: object) -> TypeGuard[Row]:
    """Return whether a value is a row of one of the kinds."""
    return isinstance(value, KINDS)
