"""What is trained, and the maker of everything that runs in it: the suspect, its twin, shadow runs of the twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CLOSER_LOOKS, FIRST_LOOK, STACKED_LOOK, K, Precision
from gradtwin.core.call import Code
from gradtwin.core.errors import GradtwinError, UsageError
from gradtwin.core.jax_types import enabled_for
from gradtwin.training.forms.form import Form
from gradtwin.training.method import StepOptions, in_plain_form, is_plain
from gradtwin.training.renaming import Renaming
from gradtwin.training.shadows import Shadows, Sharing
from gradtwin.training.snapshot import Batch, Snapshot, parameters
from gradtwin.training.suspect import Suspect, SuspectSetup
from gradtwin.training.twin import Numerics, Twin, TwinFailedError, TwinSetup

__all__ = ["OptimizerPair", "Pairing", "Problem", "RandomTwinError", "Run"]

Array = NDArray[Any]


class RandomTwinError(GradtwinError):
    """The twin answers differently each time."""


@dataclass(frozen=True)
class Problem:
    """What is trained.

    Parameters
    ----------
    value_and_grad : callable, or None
        The loss and its gradients by hand; None if each batch holds the gradients themselves.
    loss : callable, or None
        The loss of torch.
    params : mapping
        Initial parameters by name.
    batches : sequence of sequences
        The arrays of each step.
    metric : callable, optional
        Rates the parameters at the end of the free run.
    late : int, optional
        What the step counters are set to after two steps.
    """

    value_and_grad: Code | None
    loss: Code | None
    params: Mapping[str, Any]
    batches: Sequence[Batch]
    metric: Code | None = None
    late: int | None = None

    def rounded(self, dtype: str) -> Problem:
        """Return the problem with all numbers as a precision has them."""
        params = {name: np.asarray(x, dtype) for name, x in self.params.items()}
        return replace(self, params=params, batches=[tuple(_rounded(x, dtype) for x in b) for b in self.batches])


@dataclass(frozen=True)
class OptimizerPair:
    """What both sides step with.

    Parameters
    ----------
    suspect : Form
        How the suspect is read.
    twin : callable
        A class of `torch.optim`.
    options : StepOptions
        Options of both.
    state_names : mapping
        The twin's names of state quantities, by the suspect's.
    renaming : Renaming
        The suspect's names of options, where it has others.
    """

    suspect: Form
    twin: Code
    options: StepOptions
    state_names: Mapping[str, str]
    renaming: Renaming = field(default_factory=Renaming)


@dataclass(frozen=True)
class Pairing:
    """Which state of the suspect is which of the twin's.

    Parameters
    ----------
    names : mapping
        The twin's quantities by the suspect's places, where they have another name.
    by_value : mapping
        Those of them that were told by their values.
    kept : frozenset of str, or None
        The twin's quantities that the suspect keeps; None for all, whether it does or not.
    missing : tuple of str
        The twin's quantities that the suspect keeps in no place that is known.
    obstacles : tuple of str
        The places of the suspect that change and are no quantity of the twin's: they cannot be set.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    by_value: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] | None = None
    missing: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()

    def shared(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot without the state that the suspect alone has.

        Where it can be started from a snapshot at all that never changes, such as an option; rounded to a precision it
        would be another.
        """
        kept = self.kept
        return {k: x for k, x in snapshot.items() if k.role != "state" or kept is None or k.quantity in kept}

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was paired by value, and what is not judged."""
        pairs = ", ".join(f"{place} with {quantity}" for place, quantity in self.by_value.items())
        unjudged = [f"{place} of the suspect's state" for place in self.obstacles]
        unjudged += [f"{quantity} of the twin's" for quantity in self.missing]
        unknown = f"not judged: {', '.join(unjudged)}: neither a name nor the values of a first run pair it"
        return (*((f"state paired: {pairs}",) if pairs else ()), *((unknown,) if unjudged else ()))


@dataclass(frozen=True)
class Run:
    """A training run at one precision: makes the suspect, the twin and shadow runs of the twin, at the start.

    Parameters
    ----------
    problem : Problem
        What is trained, rounded to the precision.
    optimizers : OptimizerPair
        What both sides step with.
    precision : Precision
        The precision under test.
    device : str
        Where the twin runs at that precision.
    seed : int
        Seed of the shadow runs.
    asked : bool
        Whether the user asked for the precision.
    pairing : Pairing
        Which state is which.
    """

    problem: Problem
    optimizers: OptimizerPair
    precision: Precision
    device: str
    seed: int
    asked: bool = True
    pairing: Pairing = field(default_factory=Pairing)

    def paired(self, pairing: Pairing) -> Run:
        """Return the run with the state of the suspect by the names of the twin."""
        return replace(self, optimizers=replace(self.optimizers, state_names=pairing.names), pairing=pairing)

    def require_twin(self) -> None:
        """Take one step of the twin, so that what it refuses is not taken for the suspect's doing."""
        first = self.problem.batches[0]
        try:
            # Two twins, each from the start: a second step of one would differ in any case.
            once, again = (self.truth().step(first) for _ in range(2))
        except TwinFailedError as failed:  # whatever the twin raises, the call was wrong
            raise UsageError(
                f"Expected twin and twin_optimizer to take the parameters {', '.join(self.problem.params)}, the "
                f"batches and options {sorted(self.optimizers.options.options)}; got {failed}"
            ) from failed.__cause__
        for key, x in once.items() if once.keys() == again.keys() else ():
            if not np.array_equal(x, again[key], equal_nan=x.dtype.kind == "f"):
                raise RandomTwinError(f"the twin's own {key} is not repeatable: two first steps differ")

    def after_one_step(self) -> Snapshot:
        """Return what the twin has after its first step."""
        return self.truth().step(self.problem.batches[0])

    @property
    def out_of_reach(self) -> bool:
        """Whether the optimizer's state is out of reach."""
        return not self.optimizers.suspect.in_reach

    @cached_property
    def start(self) -> Snapshot:
        """The parameters before the first step."""
        return parameters({name: x.astype(np.float64) for name, x in self.problem.params.items()})

    def suspect(self) -> Suspect:
        """Return the run under test."""
        pair = self.optimizers
        options = pair.options.renamed(pair.renaming)
        setup = SuspectSetup(self.problem.value_and_grad, options, pair.state_names)
        params = {name: x.copy() for name, x in self.problem.params.items()}
        with enabled_for(params.values()):
            return pair.suspect.begin(setup, params)

    @cached_property
    def _setup(self) -> TwinSetup:
        return TwinSetup(
            self.problem.loss,
            self.optimizers.twin,
            self.optimizers.options,
            self.problem.params,
            coupled=self.optimizers.suspect.coupled,
            sparse=any(isinstance(x, tuple) for x in self.problem.batches[0]),
        )

    @cached_property
    def _plain_setup(self) -> TwinSetup:
        """The setup of shadow runs: what rounding may do is read off torch's plainest form."""
        plainly = in_plain_form(self._setup.optimizer)
        return replace(self._setup, optimizer=plainly, options=self._setup.options.plain)

    def truth(self) -> Twin:
        """Return the twin in float64."""
        return Twin(self._setup, Numerics())

    def centre(self) -> Twin:
        """Return the plain twin in float64, of which shadow runs are the noise.

        Measured from a variant of torch, the spread would hold what the variant does wrong.
        """
        return Twin(self._plain_setup, Numerics())

    @cached_property
    def is_plain(self) -> bool:
        """Whether the twin itself is of torch's plainest form."""
        return not self.optimizers.options.variant and is_plain(self.truth().optimizer)

    def native(self) -> Twin:
        """Return the twin as it is used: at the precision under test, with scalars of torch's default type."""
        return Twin(self._setup, Numerics(self.precision.name, self.device, exact_scalars=False))

    def first_look(self) -> Shadows:
        """Return the shadow runs behind every bound."""
        runs = STACKED_LOOK if self._sharing.loss and self._sharing.steps else FIRST_LOOK
        return self._shadows(runs, self.seed, self.precision)

    def closer_look(self, look: int) -> Sequence[Shadows]:
        """Return further ones, for a suspect that is about to be accused: as many as `CLOSER_LOOKS` has at `look`.

        An optimizer with a closure stops its inner iterations where a number falls below a tolerance. Noise of K
        roundings may lift it from there in every run, where one rounding does not: so there are runs with both.
        """
        runs, seed = CLOSER_LOOKS[look], self.seed + look + 1
        smaller = replace(self.precision, unit=self.precision.unit / K, eta=self.precision.eta / K)
        precisions = (self.precision, smaller) if self._setup.coupled else (self.precision,)
        # No seed twice: looks count on by one, and the second precision begins behind the last look.
        return [self._shadows(runs, seed + i * len(CLOSER_LOOKS), p) for i, p in enumerate(precisions)]

    def _shadows(self, runs: int, seed: int, precision: Precision) -> Shadows:
        return Shadows(self._plain_setup, self._sharing, runs, precision, seed)

    @cached_property
    def _sharing(self) -> Sharing:
        """What shadow runs can share, which is tried out."""
        return Sharing.of(self._plain_setup, self.problem.batches, self.precision, self.seed)


def _rounded(x: Any, dtype: str) -> Any:
    if x is None or isinstance(x, tuple):
        return x and tuple(_rounded(part, dtype) for part in x)
    array = np.asarray(x)
    return array.astype(dtype) if array.dtype.kind == "f" else array
