"""What the twin says of a training step: of every quantity at first, and after closer looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CLOSER_LOOKS, Precision, spread_of
from gradtwin.core.key import Key
from gradtwin.core.truth import Expectation, Places
from gradtwin.training.snapshot import Snapshot

__all__ = ["QuantityTruth", "Spreads", "Step", "StepTruth", "spreads", "widest"]

Array = NDArray[Any]
Spreads = dict[Key, Array]


@dataclass(frozen=True)
class StepTruth:
    """What the twin says of one step.

    Parameters
    ----------
    step : int
        The step, counted from 0.
    precision : Precision
        The precision under test.
    after : Snapshot
        The twin's snapshot in float64.
    native : Snapshot
        The twin's snapshot at the precision and on the device under test.
    spread : mapping
        The spread of the shadow runs, by quantity; without those of which they disagree about the shape.
    closer_look : callable
        ``closer_look(i)`` returns the spreads of further shadow runs, as many as `CLOSER_LOOKS` has at i.
    origin : Snapshot
        Where the step, or the free run, began: what updates are counted from.
    reach : Snapshot, optional
        How far each element of the parameters has ever been from the start of a free run.
    """

    step: int
    precision: Precision
    after: Snapshot
    native: Snapshot
    spread: Spreads
    closer_look: Callable[[int], Spreads]
    origin: Snapshot
    reach: Snapshot | None = None


Step = tuple[StepTruth, Snapshot]
"""What the twin says of a step, and what the suspect has after it."""


class QuantityTruth:
    """What the twin says of one quantity of a step."""

    def __init__(self, truth: StepTruth, key: Key) -> None:
        self.truth, self.key = truth, key
        self.spread = truth.spread[key]
        self.looks = 0

    def first(self) -> Expectation:
        """Return the expectation after a first look."""
        value = self.truth.after[self.key]
        # A twin whose own run has another shape, or no such quantity, is not blamed: rounding decides that.
        native = self.truth.native.get(self.key, value)
        # A whole number that differs is compared exactly only when no run of any look has had another one.
        settled = value.dtype.kind in "iu" and self.looks == len(CLOSER_LOOKS) and not np.any(self.spread)
        return Expectation(
            value.astype(np.float64),
            self.spread,
            native if native.shape == value.shape else value,
            self.truth.precision,
            # A counter only counts, and never rounds.
            exact=self.key.is_counter or settled,
        )

    def closer(self, places: Places = None) -> Expectation | None:
        """Return the expectation after a closer look; None where rounding turns out to decide the shape."""
        wider = self.truth.closer_look(self.looks).get(self.key)
        if wider is None:
            return None
        self.looks += 1
        self.spread = np.fmax(self.spread, wider)
        return self.first()

    def closest(self) -> Expectation | None:
        """Return the expectation after all looks."""
        e: Expectation | None = self.first()
        while e is not None and self.looks < len(CLOSER_LOOKS):
            e = self.closer()
        return e


def widest(looks: Sequence[Spreads]) -> Spreads:
    """Return the largest spread of every quantity that all of several looks could compare."""
    common = [key for key in looks[0] if all(key in look for look in looks)]
    return {key: np.maximum.reduce([look[key] for look in looks]) for key in common}


def spreads(truth: Snapshot, shadows: Snapshot) -> Spreads:
    """Return the spread of every quantity of shadow runs, which stand on a leading axis.

    Left out is what rounding decides the shape of, such as the history of an optimizer that may stop a step earlier.
    """
    alike = {key: x for key, x in truth.items() if key in shadows and shadows[key].shape[1:] == x.shape}
    return {key: spread_of(x.astype(np.float64), shadows[key]) for key, x in alike.items()}
