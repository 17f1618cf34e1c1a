"""An optimizer of all parameters at once, which takes a closure ``closure(params) -> (loss, gradients)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import enter
from gradtwin.core.key import LOSS, Key
from gradtwin.core.report import Finding
from gradtwin.training.forms.form import Form
from gradtwin.training.forms.run import Arrays, gradients_by_key, params_from
from gradtwin.training.places import filled, numbers_in, slots
from gradtwin.training.snapshot import ALL, Batch, Snapshot, parameters, state_of
from gradtwin.training.state import state_from
from gradtwin.training.suspect import SuspectSetup, gradients_in_step, plainly, watched

__all__ = ["form_of"]

Array = NDArray[Any]


def form_of(code: Any) -> Form:
    """Return how ``init(params, **options)`` and ``step(params, closure, state, **options)`` of lists are read."""

    def begin(setup: SuspectSetup, params: Arrays) -> _CoupledSuspect:
        return _CoupledSuspect(code, setup, params)

    return Form("init(params) and step(params, closure, state) of lists", begin, coupled=True)


@dataclass
class _CoupledSuspect:
    """A suspect whose ``init`` and ``step`` take and return lists of arrays."""

    optimizer: Any
    setup: SuspectSetup
    params: Arrays

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps = 0
        self._dtypes = {name: p.dtype for name, p in self.params.items()}
        arrays = [p.copy() for p in self.params.values()]
        self.state = self.fresh = enter(self.optimizer.init, arrays, **self.setup.options.options)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the places of the state."""
        return tuple(slots(self.fresh) | slots(self.state))

    @property
    def hidden(self) -> tuple[str, ...]:
        """Nothing: whatever is kept is in the state."""
        return ()

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; what the twin does not hold keeps the value that `init` gave it."""
        self.params = params_from(snapshot, self._dtypes)
        dtype = next(iter(self._dtypes.values()))
        self.state = state_from(state_of(snapshot, ALL), self.setup.state_names, self.fresh, dtype)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; loss and gradients are those of the closure's first call."""
        first: Snapshot = {}
        k, value_and_grad = len(self.params), self.setup.value_and_grad
        assert value_and_grad is not None
        before, places, after = self.state, numbers_in(self.state), list[Any]()

        def closure(params: Sequence[Array]) -> Any:
            answer: Snapshot = {}
            grads = gradients_in_step(value_and_grad, params, batch, answer, plainly)
            if not first:
                first.update(answer | gradients_by_key(self.params, grads))
            return answer.get(LOSS), grads

        def update(*arguments: Any, **options: Any) -> Any:
            state = filled(before, dict(zip(places, arguments[k:], strict=True)))
            params, state = enter(self.optimizer.step, list(arguments[:k]), closure, state, **options)
            after[:] = [state]
            return (*params, *numbers_in(state).values())

        arguments = self.params | {f"{place} of {ALL}": x for place, x in places.items()}
        options = self.setup.options.at(next(iter(self.params)), self.steps)
        values = watched(self, update, arguments, options, "optimizer step")
        self.params = dict(zip(self.params, map(np.asarray, values[:k]), strict=True))
        self.state = filled(after[0], dict(zip(numbers_in(after[0]), values[k:], strict=True)))
        self.steps += 1
        names, numbers = self.setup.state_names, numbers_in(self.state)
        state = {Key(names.get(place, place), ALL): np.asarray(x) for place, x in numbers.items()}
        return first | state | parameters(self.params)
