"""A training run step by step: what the twin makes of every step, beside what the suspect makes of it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from gradtwin.core.bound import CLOSER_LOOKS, JUMP
from gradtwin.core.errors import GradtwinError
from gradtwin.training.snapshot import Snapshot, rounded, with_step
from gradtwin.training.step import Spreads, Step, StepTruth, spreads, widest
from gradtwin.training.subject import Run
from gradtwin.training.suspect import Suspect
from gradtwin.training.twin import Twin

__all__ = ["Start", "StateElsewhereError", "Walk", "in_blocks", "start_after"]

MOST_STEPS, MOST_NUMBERS = 64, 2**18
"""Steps that are judged at once, and parameters in all of them: what is kept of a step is several times as much."""


@dataclass(frozen=True)
class Start:
    """Where a run begins.

    Parameters
    ----------
    snapshot : Snapshot
        Parameters and state.
    step : int
        The first step.
    through_state_dict : bool
        Whether torch takes the state as its users hand it over, through `load_state_dict`.
    """

    snapshot: Snapshot
    step: int = 0
    through_state_dict: bool = False

    def bring(self, *twins: Twin) -> None:
        """Bring twins to the start."""
        for twin in twins:
            twin.steps = self.step
            # The twin as it is used goes on uninterrupted: `load_state_dict` would give the scalars that torch keeps in
            # its default type the type of the parameters.
            resumed = self.through_state_dict and twin.numerics.exact_scalars
            (twin.resume if resumed else twin.load)(self.snapshot)


def start_after(run: Run, giver: Twin | Suspect, steps: int) -> Start:
    """Let one side take some steps, and return where the others are to begin."""
    for batch in run.problem.batches[:steps]:
        snapshot = giver.step(batch)
    if isinstance(giver, Twin) and giver.elsewhere:
        raise StateElsewhereError(giver.elsewhere)
    return _start(run, snapshot if isinstance(giver, Twin) else run.pairing.shared(snapshot), steps)


def _start(run: Run, snapshot: Snapshot, step: int) -> Start:
    """Return the start of a step from a snapshot: as the precision can hold it, at a late time if asked."""
    origin, late = rounded(snapshot, run.precision), run.problem.late
    return Start(origin if late is None or step != JUMP else with_step(origin, late), step)


class StateElsewhereError(GradtwinError):
    """The twin keeps state elsewhere than in its `state`, so that no step can be started from where it stood."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"the twin keeps {', '.join(sorted(names))} elsewhere than in its state")


class Walk:
    """All sides of a run, from a start to the step `last`."""

    def __init__(self, run: Run, start: Start, last: int) -> None:
        self.run, self.start, self.last = run, start, last
        self.suspect, self.truth, self.native, self.shadows = run.suspect(), run.truth(), run.native(), run.first_look()
        self.centre = self.truth if run.is_plain else run.centre()
        self.end: tuple[Snapshot, Snapshot] = (start.snapshot, start.snapshot)

    def in_lockstep(self) -> Iterator[Step]:
        """Yield what the twin says of each step and what the suspect has, both from where the twin stood before it."""
        start, count = self.start, 1
        while start.step < self.last:
            try:
                truths, after = self._together(start, min(count, self.last - start.step))
            except Exception:  # where the twin fails, the steps before that come first
                if count == 1:
                    raise
                count = 1
                continue
            if self.truth.elsewhere:  # before anything is compared: such steps do not start from where the twin stood
                raise StateElsewhereError(self.truth.elsewhere)
            for truth in truths:
                self._bring_suspect(truth.step, truth.origin)
                yield truth, self.suspect.step(self.run.problem.batches[truth.step])
            # One step at first, since a wrong step is mostly wrong from the first on; then ever more of them at once.
            start, count = after, min(2 * count, self.most)

    def alone(self) -> Iterator[Step]:
        """Yield the same for a run in which each side goes on from where it stands itself."""
        start, looks = self.start, _CloserLooks(self.run, self.start)
        self._bring_suspect(start.step, start.snapshot)
        start.bring(*self._twins)
        self.shadows.load(start.snapshot, start.step, through_state_dict=start.through_state_dict)
        reach = {key: np.zeros_like(x) for key, x in self.run.start.items()}
        for t in range(start.step, self.last):
            batch = self.run.problem.batches[t]
            own, step = self.suspect.step(batch), self._step(t)
            # The farthest so far: a parameter may come back to where it began.
            reach = {key: np.maximum(x, np.abs(step.after[key] - start.snapshot[key])) for key, x in reach.items()}
            self.end = own, step.native
            yield self._truth(step, self.shadows.step(batch), looks, start, reach), own

    def ends(self) -> tuple[Snapshot, Snapshot]:
        """Let the suspect, and the twin as it is used, go on to the last step, and return what they have then."""
        batches = self.run.problem.batches[: self.last]
        own, native = self.end
        for batch in batches[self.suspect.steps :]:
            own = self.suspect.step(batch)
        for batch in batches[self.native.steps :]:
            native = self.native.step(batch)
        return own, native

    @property
    def most(self) -> int:
        """How many steps are judged at once."""
        return max(1, min(MOST_STEPS, MOST_NUMBERS // sum(x.size for x in self.run.start.values())))

    @property
    def _twins(self) -> list[Twin]:
        return list(dict.fromkeys((self.truth, self.centre, self.native)))

    def _bring_suspect(self, step: int, snapshot: Snapshot) -> None:
        self.suspect.steps = step
        self.suspect.load(snapshot)

    def _together(self, start: Start, count: int) -> tuple[list[StepTruth], Start]:
        """Return what the twin says of several steps in lockstep, and the start of the one after them."""
        # The twin first, step after step, since each begins where the last one ended; then the shadows, all at once.
        starts, steps = [start], []
        for _ in range(count):
            starts[-1].bring(*self._twins)
            steps.append(self._step(starts[-1].step))
            starts.append(_start(self.run, steps[-1].after, starts[-1].step + 1))
        *begins, after = starts
        batches = self.run.problem.batches[start.step : after.step]
        stacks = self.shadows.steps_from([begin.snapshot for begin in begins], batches, start.step)
        looks = [_CloserLooks(self.run, begin) for begin in begins]
        return list(map(self._truth, steps, stacks, looks, begins)), after

    def _step(self, t: int) -> _TwinStep:
        batch = self.run.problem.batches[t]
        after, native = self.truth.step(batch), self.native.step(batch)
        return _TwinStep(t, after, native, after if self.centre is self.truth else self.centre.step(batch))

    def _truth(
        self, step: _TwinStep, stack: Snapshot, looks: _CloserLooks, start: Start, reach: Snapshot | None = None
    ) -> StepTruth:
        look, spread = functools.partial(looks.spreads_at, step.step), spreads(step.centre, stack)
        return StepTruth(step.step, self.run.precision, step.after, step.native, spread, look, start.snapshot, reach)


@dataclass(frozen=True)
class _TwinStep:
    """What the twin has after a step: in float64, as it is used, and in its plain form."""

    step: int
    after: Snapshot
    native: Snapshot
    centre: Snapshot


def in_blocks(steps: Iterator[Step], most: int) -> Iterator[list[Step]]:
    """Yield steps in ever longer blocks; where one fails, those before it come first: they may be wrong already."""
    count = 1
    while True:
        block: list[Step] = []
        try:
            block.extend(itertools.islice(steps, count))
        except Exception:
            if block:
                yield block
            raise
        if not block:
            return
        yield block
        count = min(2 * count, most)


class _CloserLooks:
    """The spreads of closer looks at a run, taken only as far as somebody asks."""

    def __init__(self, run: Run, start: Start) -> None:
        self.looks = [_spreads(run, start, look) for look in range(len(CLOSER_LOOKS))]
        self.latest = [(start.step - 1, Spreads())] * len(CLOSER_LOOKS)

    def spreads_at(self, step: int, look: int) -> Spreads:
        """Return the spreads of a look at a step; steps are asked for in order."""
        # Steps between two that ask are run all the same: a free run goes on from each.
        while self.latest[look][0] < step:
            self.latest[look] = next(self.looks[look])
        last, spread = self.latest[look]
        assert last == step, f"step {step} was asked for after step {last}"
        return spread


def _spreads(run: Run, start: Start, look: int) -> Iterator[tuple[int, Spreads]]:
    """Yield the spreads of the runs of a closer look, step by step."""
    centre, shadows = run.centre(), run.closer_look(look)
    start.bring(centre)
    for runs in shadows:
        runs.load(start.snapshot, start.step, through_state_dict=start.through_state_dict)
    for t, batch in enumerate(run.problem.batches[start.step :], start.step):
        after = centre.step(batch)
        yield t, widest([spreads(after, runs.step(batch)) for runs in shadows])
