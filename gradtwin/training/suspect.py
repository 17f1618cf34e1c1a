"""A training run under test: its own gradients, its own optimizer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import WATCHED_STEPS
from gradtwin.core.call import ORDINARY, Code, Conduct, enter, observe
from gradtwin.core.errors import GradtwinError
from gradtwin.core.key import LOSS
from gradtwin.core.report import Finding
from gradtwin.training.method import StepOptions
from gradtwin.training.snapshot import Batch, Snapshot

__all__ = [
    "StepFailedError",
    "Suspect",
    "SuspectSetup",
    "gradients_in_step",
    "is_coupled",
    "plainly",
    "watched",
]

Array = NDArray[Any]


class StepFailedError(GradtwinError):
    """The suspect raised, and `finding` says what and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


@dataclass(frozen=True)
class SuspectSetup:
    """What is under test.

    Parameters
    ----------
    value_and_grad : callable, or None
        ``value_and_grad(params, *batch)`` returns the loss (or None) and the gradients in the order of the parameters;
        None if the batch holds the gradients.
    options : StepOptions
        The optimizer's options, by the names that it has for them.
    state_names : mapping
        The twin's names of state quantities, by the suspect's.
    """

    value_and_grad: Code | None
    options: StepOptions
    state_names: Mapping[str, str]


class Suspect(Protocol):
    """A training run under test."""

    findings: list[Finding]
    steps: int

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the places of its state, as far as they are in reach; one that is empty counts."""

    @property
    def hidden(self) -> tuple[str, ...]:
        """What it keeps from step to step, and could not take over."""

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state."""

    def step(self, batch: Batch) -> Snapshot:
        """Take one step and return all there is to compare."""


def is_coupled(step: Callable[..., Any]) -> bool:
    """Return whether an optimizer's ``step`` takes all parameters at once, and a closure."""
    try:
        return list(inspect.signature(step).parameters)[1:2] == ["closure"]
    except (TypeError, ValueError):
        return False


def gradients_in_step(
    value_and_grad: Code,
    params: Sequence[Array],
    batch: Batch,
    snapshot: Snapshot,
    call: Callable[..., Any],
) -> list[Any]:
    """Return the gradients, and note the loss in the snapshot."""
    k = len(params)

    # One argument for each array, so that every one is watched, and named, on its own.
    def gradients(*arguments: Any) -> Any:
        return _loss_and_gradients(enter(value_and_grad, list(arguments[:k]), *arguments[k:]), k)

    grads: list[Any]
    names = [*(f"parameter {i}" for i in range(k)), *(f"batch[{i}]" for i in range(len(batch)))]
    loss, *grads = call(gradients, dict(zip(names, [*params, *batch], strict=True)), {}, "backward")
    if loss is not None:
        snapshot[LOSS] = np.asarray(loss)
    return grads


def _loss_and_gradients(value: Any, count: int) -> tuple[Any, ...]:
    """Return the loss and that many gradients, or raise where something else came back."""
    if not isinstance(value, (tuple, list)) or len(value) != 2 or not isinstance(value[1], (tuple, list)):
        misfit = f"returns {type(value).__name__} where the loss and a list of gradients are due"
    elif len(value[1]) != count:
        misfit = f"returns {len(value[1])} gradients of {count} parameters"
    elif any(g is None for g in value[1]):
        misfit = f"returns None for gradient {[g is None for g in value[1]].index(True)}, where the twin has one"
    else:
        return (value[0], *value[1])
    raise StepFailedError(Finding("structure", "backward", misfit))


def plainly(function: Callable[..., Any], arguments: Mapping[str, Any], options: Mapping[str, Any], what: str) -> Any:
    """Call a function of the suspect, as `watched` does in later steps."""
    return enter(function, *arguments.values(), **options)


def watched(
    suspect: Suspect,
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    options: Mapping[str, Any],
    what: str,
    conduct: Conduct = ORDINARY,
) -> Any:
    """Call a function of the suspect on arguments by their names, in its first steps under observation."""
    if suspect.steps >= WATCHED_STEPS:
        return enter(function, *arguments.values(), **options)
    outcome = observe(function, tuple(arguments.values()), options, tuple(arguments), what, conduct)
    if outcome.value is None:
        raise StepFailedError(outcome.findings[0])
    suspect.findings += outcome.findings
    return outcome.value
