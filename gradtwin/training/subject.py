"""Everybody who takes part in a run at one precision: the suspect, its twin, the twin as it is used, shadow runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import FIRST_LOOK, SECOND_LOOK, STACKED_LOOK, K, Precision
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.training.method import Method
from gradtwin.training.snapshot import Batch, Snapshot
from gradtwin.training.suspect import ClassSuspect, CoupledSuspect, FunctionalSuspect, Suspect, is_coupled
from gradtwin.training.twin import TwinSide, elementwise

__all__ = ["Sides"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Sides:
    """Makes the sides of a run; the fields are the arguments of `gradtwin.check_training`."""

    value_and_grad: Callable[..., Any] | None
    optimizer: Any
    loss: Callable[..., Any] | None
    twin_optimizer: Callable[..., Any]
    params: dict[str, Array]
    batches: Sequence[Batch]
    method: Method
    state_names: dict[str, str]
    precision: Precision
    device: str
    seed: int

    def require_twin(self) -> None:
        """Take one step of the twin, so that what it refuses is not taken for the suspect's doing."""
        try:
            self.twin().step(self.batches[0])
        except Exception as error:  # whatever the twin raises, the call was wrong
            raise UsageError(
                f"Expected twin and twin_optimizer to take the parameters {', '.join(self.params)}, the batches and "
                f"options {sorted(self.method.options)}; got {type(error).__name__}: {error}"
            ) from error

    @cached_property
    def _functions(self) -> tuple[Any, Any]:
        """The suspect's ``init`` and ``step``, or None for a factory of objects."""
        functions = tuple(getattr(self.optimizer, name, None) for name in ("init", "step"))
        if all(map(callable, functions)):
            return functions  # type: ignore[return-value]
        if callable(self.optimizer):
            return None, None
        raise UsageError(
            "Expected optimizer to have init and step, or to be a factory of objects with .step(params, grads); "
            f"got {type(self.optimizer).__name__} {self.optimizer!r}."
        )

    @property
    def out_of_reach(self) -> bool:
        """Whether the optimizer's state is, that of a factory of objects."""
        return self._functions == (None, None)

    @cached_property
    def _coupled(self) -> bool:
        return not self.out_of_reach and is_coupled(self._functions[1])

    def suspect(self) -> Suspect:
        """Return the run under test, before its first step."""
        params = {n: x.copy() for n, x in self.params.items()}
        init, update = self._functions
        if self.out_of_reach and self.method.schedule:
            raise UsageError("Expected no scheduler for an optimizer whose options are out of reach; got one.")
        if self.out_of_reach:
            return ClassSuspect(self.value_and_grad, self.optimizer, self.method, params)
        if not self._coupled:
            return FunctionalSuspect(self.value_and_grad, init, update, self.method, params, self.state_names)
        if self.value_and_grad is None:
            raise UsageError("Expected value_and_grad, since the optimizer's step takes a closure; got None.")
        return CoupledSuspect(self.value_and_grad, init, update, self.method, params, self.state_names)

    def _side(self, method: Method, dtype: str = "float64", **how: Any) -> TwinSide:
        parts = (self.loss, self.twin_optimizer, method, self.params, dtype)
        sparse = any(isinstance(x, tuple) for x in self.batches[0])
        return TwinSide(*parts, coupled=self._coupled, sparse=sparse, **how)

    def twin(self) -> TwinSide:
        """Return the twin in float64."""
        return self._side(self.method)

    def centre(self) -> TwinSide:
        """Return the plain twin in float64, of which shadow runs are the noise.

        Measured from a variant of torch, the spread would hold what the variant does wrong.
        """
        return self._side(self._plain)

    def native(self) -> TwinSide:
        """Return the twin as it is used: at the precision under test, with scalars of torch's default type."""
        return self._side(self.method, self.precision.name, device=self.device, exact_scalars=False)

    @cached_property
    def _stackable(self) -> bool:
        """Whether shadow runs can share one pass: the optimizer is elementwise and the loss can be vectorised."""
        if self._coupled or not elementwise(self.twin_optimizer, self.method.options):
            return False
        try:
            self._stacked(2, self.seed).step(self.batches[0])
        except Exception:  # a loss that branches on values cannot be vectorised
            return False
        return True

    def _stacked(self, runs: int, seed: int) -> TwinSide:
        return self._side(self._plain, shadow=self._noise(seed), copies=runs)

    @property
    def _plain(self) -> Method:
        """What shadow runs step with: what rounding may do is read off torch's plainest form."""
        return replace(self.method, variant="")

    def _noise(self, seed: int) -> TorchShadow:
        return TorchShadow(K * self.precision.unit, K * self.precision.eta, seed)

    def _shadows(self, runs: int, seed: int) -> list[TwinSide]:
        """Return sides that make that many shadow runs, all in one where that can be done."""
        if self._stackable:
            return [self._stacked(runs, seed)]
        return [self._side(self._plain, shadow=self._noise(seed + i)) for i in range(runs)]

    def first_look(self) -> list[TwinSide]:
        """Return the shadow runs behind every bound."""
        return self._shadows(STACKED_LOOK if self._stackable else FIRST_LOOK, self.seed)

    def second_look(self) -> list[TwinSide]:
        """Return many more, for a suspect that is about to be accused."""
        return self._shadows(SECOND_LOOK, self.seed + SECOND_LOOK)

    @cached_property
    def start(self) -> Snapshot:
        """The parameters before the first step."""
        return {n: x.astype(np.float64) for n, x in self.params.items()}
