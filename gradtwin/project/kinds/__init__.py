"""The kinds of row: a file each, with what such a row says and with all that is done with it.

A row holds facts about a pair, never a tolerance and never a skip. A new kind is a frozen dataclass in a file of this
room that has what `Row` has, and a place in `KINDS`; nobody else asks of which kind a row is.

The checks are imported where they are called, since whoever lists the rows must not wait for torch.
"""

from __future__ import annotations

from typing import TypeGuard

from gradtwin.project.kinds.model import Model
from gradtwin.project.kinds.op import Op
from gradtwin.project.kinds.optimizer import Optimizer
from gradtwin.project.kinds.scheduler import Scheduler
from gradtwin.project.kinds.training import Training
from gradtwin.project.trials import Row

__all__ = ["KINDS", "Model", "Op", "Optimizer", "Scheduler", "Training", "is_row"]


KINDS: tuple[type[Row], ...] = (Op, Model, Optimizer, Scheduler, Training)
"""Every kind of row."""


def is_row(value: object) -> TypeGuard[Row]:
    """Return whether a value is a row of one of the kinds."""
    return isinstance(value, KINDS)
