"""Losses of a training run by another convention than the twin's."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from gradtwin.core.bound import NEARER, K
from gradtwin.core.call import Code, attempt
from gradtwin.core.conventions import CONVENTIONS, apart
from gradtwin.core.errors import GradtwinError
from gradtwin.core.readings import Change, Watched, changes
from gradtwin.core.results import magnitude
from gradtwin.training.snapshot import Snapshot
from gradtwin.training.subject import Run

__all__ = ["near_losses"]


def near_losses(run: Run) -> Iterator[tuple[tuple[str, ...], Code | None]]:
    """Yield the twin's loss, and those by other conventions, of which the suspect's first step has half of the digits.

    Each comes with the names of its conventions, the twin's own with none. Where the batches hold the gradients there
    is no loss.
    """
    loss = run.problem.loss
    if loss is None:
        yield (), None
        return
    try:
        outcome = attempt("training step", run.suspect().step, run.problem.batches[0])
    except GradtwinError:
        return
    if outcome.value is None:
        return
    enough, plain = math.sqrt(run.precision.unit), _distance(run, outcome.value)
    if plain <= enough:
        yield (), loss
    twin = _watched(run)
    for name in CONVENTIONS:
        for change in changes(name, twin):
            other = change(loss)
            # One that brings the suspect no nearer is no cause, as where it changes nothing.
            if _distance(_beside(run, other), outcome.value) <= min(enough, NEARER * plain):
                yield (name,), other


def _beside(run: Run, loss: Code) -> Run:
    return replace(run, problem=replace(run.problem, loss=loss))


def _watched(run: Run) -> Watched:
    loss, batch = run.problem.loss, run.problem.batches[0]
    assert loss is not None

    def take_step(change: Change) -> object:
        return _beside(run, change(loss)).truth().step(batch)

    # Sizes are those of data and of parameters alike: only a call of the twin shows which of them it adds up.
    return Watched(take_step, (), reduces=False)


def _distance(run: Run, own: Snapshot) -> float:
    """Return how far the loss, if the suspect has one, and the gradients of a first step are from the twin's."""
    batch = run.problem.batches[0]
    try:
        after = run.truth().step(batch)
    except GradtwinError:
        return math.inf
    granted = K * run.precision.unit * magnitude([*run.problem.params.values(), *batch])
    made = [key for key in after if key.role in ("loss", "gradient") and key in own]
    return max((apart(own[key], after[key], granted) for key in made), default=0.0)
