"""Which state of a suspect is which of the twin's: by name, else by value, on a run that nothing is judged on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from gradtwin.core.bound import K
from gradtwin.core.errors import UsageError, one_of
from gradtwin.core.key import Key
from gradtwin.core.truth import ratios
from gradtwin.training.regimes import draw_to_pair
from gradtwin.training.snapshot import Snapshot
from gradtwin.training.step import QuantityTruth, StepTruth
from gradtwin.training.subject import Pairing, Run
from gradtwin.training.twin import TwinFailedError
from gradtwin.training.walk import Start, Walk

__all__ = ["paired"]


def paired(run: Run) -> Pairing:
    """Return how the state of a run's suspect is paired with that of its twin.

    A place that has the name of a quantity, or one that `state_names` gives it, is that quantity whatever it holds.
    """
    names = run.optimizers.state_names
    if run.out_of_reach:
        return Pairing(names, kept=frozenset())
    if run.optimizers.suspect.coupled:
        _require_names(run, run.suspect().fields, _quantities(run.after_one_step()))
        return Pairing(names)
    trial = _on_trial(run)
    try:
        quantities = _quantities(trial.after_one_step())
    except TwinFailedError:
        quantities = _quantities(run.after_one_step())
    history: list[Snapshot] = []
    try:
        suspect = trial.suspect()
        history.extend(map(suspect.step, trial.problem.batches))
    except UsageError:
        raise
    except Exception:  # whatever the suspect raises here it raises again where it is judged
        if not history:
            return Pairing(names)
    _require_names(run, suspect.fields, quantities)
    named = {names.get(place, place) for place in suspect.fields} & quantities
    unknown = sorted(_quantities(history[-1]) - quantities)
    by_value = _by_value(trial, unknown, named) if unknown else {}
    kept = frozenset(named | set(by_value.values()))
    moving = [place for place in unknown if place not in by_value and _changes(history, place)]
    return Pairing({**names, **by_value}, by_value, kept, tuple(sorted(quantities - kept)), (*moving, *suspect.hidden))


def _require_names(run: Run, fields: Collection[str], quantities: Collection[str]) -> None:
    """Raise a UsageError for a name that is no place of the suspect's state, or no quantity of the twin's."""
    for place, quantity in run.optimizers.state_names.items():
        one_of("state_names", place, fields)
        one_of(f"state_names[{place!r}]", quantity, sorted(quantities))


def _quantities(snapshot: Snapshot) -> set[str]:
    return {key.quantity for key in snapshot if key.role == "state"}


def _on_trial(run: Run) -> Run:
    """Return the run on gradients of its own, by which nothing is judged."""
    problem = run.problem
    by_rows = problem.loss is None and any(isinstance(x, tuple) for x in problem.batches[0])
    batches = draw_to_pair(np.random.default_rng(run.seed), problem.params, by_rows=by_rows)
    trial = replace(problem, value_and_grad=None, loss=None, metric=None, late=None, batches=batches)
    # A schedule is as long as the run that is judged, and says nothing of the state.
    optimizers = replace(run.optimizers, options=replace(run.optimizers.options, schedule=()))
    return replace(run, problem=trial.rounded(run.precision.name), optimizers=optimizers)


def _changes(history: Sequence[Snapshot], place: str) -> bool:
    """Return whether a place ever changes, or comes into being after the first step."""
    keys = [key for key in history[-1] if key.role == "state" and key.quantity == place]
    return any(
        key not in snapshot or not np.array_equal(snapshot[key], history[-1][key], equal_nan=True)
        for key in keys
        for snapshot in history
    )


def _by_value(trial: Run, places: Sequence[str], named: Collection[str]) -> dict[str, str]:
    """Return the quantities that places hold at every step and for every parameter, each one for one place alone."""
    candidates: dict[str, set[str]] = {}
    history: list[Snapshot] = []
    try:
        for truth, own in _steps(trial):
            history.append(own)
            free = _quantities(truth.after) - set(named)
            for place in places:
                before = candidates.get(place, free)
                candidates[place] = {q for q in before if _are_one(place, q, truth, own)}
    except Exception:  # of either side, which is told where the run is judged
        return {}
    # What never changes, or is zero throughout, would be equal to anything that does so too.
    candidates = {place: found for place, found in candidates.items() if _changes(history, place)}
    owners = [quantity for found in candidates.values() for quantity in found]
    return {
        place: quantity
        for place, found in candidates.items()
        for quantity in found
        if len(found) == 1 and owners.count(quantity) == 1
    }


def _steps(trial: Run) -> Iterator[tuple[StepTruth, Snapshot]]:
    return Walk(trial, Start(trial.start), len(trial.problem.batches)).alone()


def _are_one(place: str, quantity: str, truth: StepTruth, own: Snapshot) -> bool:
    """Return whether a place holds what the twin has as a quantity, of all parameters that either has it of."""
    ours, theirs = (
        {key.owner for key in snapshot if key.role == "state" and key.quantity == name}
        for snapshot, name in ((own, place), (truth.after, quantity))
    )
    return bool(ours) and ours == theirs and all(_agree(Key(place, o), Key(quantity, o), truth, own) for o in ours)


def _agree(place: Key, quantity: Key, truth: StepTruth, own: Snapshot) -> bool:
    got = own[place]
    if quantity not in truth.spread or got.shape != truth.after[quantity].shape:
        return False
    said = QuantityTruth(truth, quantity)
    with np.errstate(all="ignore"):
        worst = np.max(ratios(got, said.first()), initial=0.0)
        closest = said.closest() if 1 < worst <= K else None
        return bool(worst <= 1 or (closest is not None and np.max(ratios(got, closest), initial=0.0) <= 1))
