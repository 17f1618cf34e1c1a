"""Functions ``init(params)`` and ``update(grads, state, params)`` that return what is to be added."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, Conduct, enter
from gradtwin.core.key import Key
from gradtwin.training.forms.form import Form, Made
from gradtwin.training.forms.layouts import Layout, layout_by, names_a_gradient, names_parameters, positional
from gradtwin.training.forms.run import Arrays, Call, SteppedRun, misfit
from gradtwin.training.places import filled, is_number, numbers_in, owned, slots
from gradtwin.training.snapshot import Snapshot, state_of
from gradtwin.training.state import state_from
from gradtwin.training.suspect import SuspectSetup

__all__ = ["form_of"]

Array = NDArray[Any]


@dataclass(frozen=True)
class _Reading:
    """How an update is called, and what it returns."""

    words: str
    adds: bool
    roles: tuple[str, ...]

    def arguments(self, params: Any, grads: Any, state: Any) -> tuple[Any, ...]:
        """Return what it is called with."""
        by_role = {"params": params, "grads": grads, "state": state}
        return tuple(by_role[role] for role in self.roles)


def _reading_of(own_update: Code) -> _Reading:
    """Return how an update is read: with gradients first it returns what is to be added, with parameters first them."""
    names = positional(own_update)
    if names[:1] and names_parameters(names[0]) and not names_a_gradient(names[0]):
        roles: tuple[str, ...] = ("params", "grads", "state")
        return _Reading(f"update({', '.join(roles)}) returns new parameters", False, roles)
    roles = ("grads", "state", "params") if len(names) > 2 or not names else ("grads", "state")
    return _Reading(f"update({', '.join(roles)}) returns what is added to them", True, roles)


def form_of(made: Made, pair: Any, options: Mapping[str, Any]) -> Form:
    """Return how a pair of functions is read.

    Parameters
    ----------
    made : Made
        Where such pairs come from.
    pair : object
        One of them, with ``init`` and ``update``.
    options : mapping
        What they are made with.
    """
    reading = _reading_of(pair.update)

    def two_steps(layout: Layout, names: Sequence[str], params: list[Array], grads: list[Array]) -> list[Any]:
        code = made.of(made.making(options))
        state = enter(code.init, layout.pack(names, params))
        for _ in range(2):
            params, state = _stepped(code.update, reading, layout, names, (params, grads, state))
        return params

    layout = layout_by(two_steps, positional(pair.update)[:3])

    def begin(setup: SuspectSetup, params: Arrays) -> SteppedRun:
        code = made.of(made.making(setup.options.options))
        return SteppedRun(setup, params, _Updates(code.init, code.update, reading, layout, params))

    of = layout.words if layout.alone else f"of {layout.words}"
    return Form(f"{made.words}: init(params) and {reading.words}, {of}", begin, follows_schedule=False)


def _stepped(
    own_update: Code, reading: _Reading, layout: Layout, names: Sequence[str], values: tuple[Any, Any, Any]
) -> tuple[list[Any], Any]:
    """Return parameters and state after a step."""
    params, grads, state = values
    arguments = reading.arguments(layout.pack(names, params), layout.pack(names, grads), state)
    result = enter(own_update, *arguments)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise misfit(f"{type(result).__name__} where updates and a state are due")
    arrays = layout.read(names, result[0])
    if arrays is None:
        raise misfit(f"{type(result[0]).__name__} where {layout.words} of {len(names)} arrays are due")
    after = [p + np.asarray(u) for p, u in zip(params, arrays, strict=True)] if reading.adds else arrays
    return after, result[1]


@dataclass
class _Updates:
    """The functions, and a state for what goes together: all parameters, or each alone."""

    init: Code
    own_update: Code
    reading: _Reading
    layout: Layout
    params: Arrays

    def __post_init__(self) -> None:
        names = list(self.params)
        self.groups = [[name] for name in names] if self.layout.alone else [names]
        self.states = [self._begin(group) for group in self.groups]
        self.fresh = list(self.states)

    def _begin(self, names: Sequence[str]) -> Any:
        return enter(self.init, self.layout.pack(names, [self.params[name].copy() for name in names]))

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the places of the states; those of the several parameters of one quantity are one."""
        return tuple(
            dict.fromkeys(
                quantity
                for states in (self.fresh, self.states)
                for state, names in zip(states, self.groups, strict=True)
                for quantity, _ in self._owners(state, names).values()
            )
        )

    @property
    def hidden(self) -> tuple[str, ...]:
        """Nothing: whatever is kept is in the state."""
        return ()

    def _owners(self, state: Any, names: Sequence[str]) -> dict[str, tuple[str, Sequence[str]]]:
        """Return by place which quantity it is, and of which parameters: of one, or of all together."""
        if self.layout.alone:
            return {place: (place, names) for place in slots(state)}
        return owned(state, {name: self.params[name].shape for name in names})

    def load(self, params: Arrays, snapshot: Snapshot, names: Mapping[str, str]) -> None:
        """Take over the state; what belongs to all parameters is that of the first that has it."""
        dtype = next(iter(params.values())).dtype
        for i, group in enumerate(self.groups):
            state, places = copy.deepcopy(self.fresh[i]), self._owners(self.fresh[i], group)
            values: dict[str, Any] = {}
            for place, (quantity, owners) in places.items():
                known = [state_of(snapshot, owner).get(names.get(quantity, quantity)) for owner in owners]
                values |= dict([(place, x) for x in known if x is not None][:1])
            self.states[i] = state_from(values, {}, state, dtype)

    def step(self, params: Arrays, grads: Mapping[str, Any], at: int, call: Call) -> dict[str, Any]:
        """Take a step of all that go together."""
        after: dict[str, Any] = {}
        for i, names in enumerate(self.groups):
            arrays = self._step(i, names, params, grads, call)
            after |= dict(zip(names, arrays, strict=True))
        return after

    def _step(self, i: int, names: Sequence[str], params: Arrays, grads: Mapping[str, Any], call: Call) -> list[Any]:
        before, places, k = self.states[i], numbers_in(self.states[i]), len(names)
        skeleton: list[Any] = []

        def update(*values: Any) -> Any:
            state = filled(before, dict(zip(places, values[2 * k :], strict=True)))
            arrays, state = _stepped(
                self.own_update, self.reading, self.layout, names, (list(values[:k]), list(values[k : 2 * k]), state)
            )
            skeleton[:] = [state]
            return (*arrays, *numbers_in(state).values())

        arguments = {name: params[name] for name in names} | {f"grad of {name}": grads[name] for name in names}
        own = {f"state {place}": x for place, x in places.items()}
        result = list(call(update, arguments | own, Conduct()))
        self.states[i] = filled(skeleton[0], dict(zip(numbers_in(skeleton[0]), result[k:], strict=True)))
        return result[:k]

    def state(self) -> dict[Key, Any]:
        """Return the numbers of the states."""
        return {
            Key(quantity, owner): slots(state)[place]
            for state, names in zip(self.states, self.groups, strict=True)
            for place, (quantity, owners) in self._owners(state, names).items()
            for owner in owners
            if is_number(slots(state)[place])
        }
