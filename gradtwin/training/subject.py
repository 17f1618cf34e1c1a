"""What is trained, and the maker of everything that runs in it: the suspect, its twin, shadow runs of the twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CLOSER_LOOKS, FIRST_LOOK, STACKED_LOOK, Precision
from gradtwin.core.call import Code
from gradtwin.core.errors import UsageError
from gradtwin.training.method import StepOptions
from gradtwin.training.shadows import Shadows, Sharing
from gradtwin.training.snapshot import Batch, Snapshot, parameters
from gradtwin.training.suspect import Suspect, SuspectSetup, form_of
from gradtwin.training.suspect_forms import suspect_of
from gradtwin.training.twin import Numerics, Twin, TwinSetup

__all__ = ["OptimizerPair", "Problem", "Run"]

Array = NDArray[Any]


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
    suspect : module, object or callable
        As for `gradtwin.check_optimizer`.
    twin : callable
        A class of `torch.optim`.
    options : StepOptions
        Options of both.
    state_names : mapping
        The twin's names of state quantities, by the suspect's.
    """

    suspect: Any
    twin: Code
    options: StepOptions
    state_names: Mapping[str, str]


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
    """

    problem: Problem
    optimizers: OptimizerPair
    precision: Precision
    device: str
    seed: int

    def require_twin(self) -> None:
        """Take one step of the twin, so that what it refuses is not taken for the suspect's doing."""
        try:
            self.truth().step(self.problem.batches[0])
        except Exception as error:  # whatever the twin raises, the call was wrong
            raise UsageError(
                f"Expected twin and twin_optimizer to take the parameters {', '.join(self.problem.params)}, the "
                f"batches and options {sorted(self.optimizers.options.options)}; got {type(error).__name__}: {error}"
            ) from error

    @cached_property
    def out_of_reach(self) -> bool:
        """Whether the optimizer's state is, that of a factory of objects."""
        return form_of(self.optimizers.suspect) == "object"

    @cached_property
    def start(self) -> Snapshot:
        """The parameters before the first step."""
        return parameters({name: x.astype(np.float64) for name, x in self.problem.params.items()})

    def suspect(self) -> Suspect:
        """Return the run under test."""
        pair = self.optimizers
        setup = SuspectSetup(self.problem.value_and_grad, pair.suspect, pair.options, pair.state_names)
        return suspect_of(setup, self.problem.params)

    @cached_property
    def _setup(self) -> TwinSetup:
        return TwinSetup(
            self.problem.loss,
            self.optimizers.twin,
            self.optimizers.options,
            self.problem.params,
            coupled=form_of(self.optimizers.suspect) == "coupled",
            sparse=any(isinstance(x, tuple) for x in self.problem.batches[0]),
        )

    @cached_property
    def _plain_setup(self) -> TwinSetup:
        """The setup of shadow runs: what rounding may do is read off torch's plainest form."""
        return replace(self._setup, options=self._setup.options.plain)

    def truth(self) -> Twin:
        """Return the twin in float64."""
        return Twin(self._setup, Numerics())

    def centre(self) -> Twin:
        """Return the plain twin in float64, of which shadow runs are the noise.

        Measured from a variant of torch, the spread would hold what the variant does wrong.
        """
        return Twin(self._plain_setup, Numerics())

    def native(self) -> Twin:
        """Return the twin as it is used: at the precision under test, with scalars of torch's default type."""
        return Twin(self._setup, Numerics(self.precision.name, self.device, exact_scalars=False))

    def first_look(self) -> Shadows:
        """Return the shadow runs behind every bound."""
        return self._shadows(STACKED_LOOK if self._sharing.loss and self._sharing.steps else FIRST_LOOK, self.seed)

    def closer_look(self, look: int) -> Shadows:
        """Return further ones, for a suspect that is about to be accused: as many as `CLOSER_LOOKS` has at `look`."""
        return self._shadows(CLOSER_LOOKS[look], self.seed + look + 1)

    def _shadows(self, runs: int, seed: int) -> Shadows:
        return Shadows(self._plain_setup, self._sharing, runs, self.precision, seed)

    @cached_property
    def _sharing(self) -> Sharing:
        """What shadow runs can share, which is tried out."""
        return Sharing.of(self._plain_setup, self.problem.batches, self.precision, self.seed)


def _rounded(x: Any, dtype: str) -> Any:
    if x is None or isinstance(x, tuple):
        return x and tuple(_rounded(part, dtype) for part in x)
    array = np.asarray(x)
    return array.astype(dtype) if array.dtype.kind == "f" else array
