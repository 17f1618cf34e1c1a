"""Functions of all parameters: `init(params)`, and `update(grads, state, params)` or `step(params, grads, state)`."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Conduct, enter
from gradtwin.core.key import Key
from gradtwin.core.signatures import positional
from gradtwin.training.arguments import options_of
from gradtwin.training.forms import functions
from gradtwin.training.forms.form import Form, OptimizerSource, options_for
from gradtwin.training.forms.layouts import LISTS, Layout, groups_of, layout_by
from gradtwin.training.forms.naming import names_a_gradient, names_parameters
from gradtwin.training.forms.run import Arrays, Call, SteppedRun, misfit
from gradtwin.training.method import StepOptions
from gradtwin.training.places import filled, is_number, numbers_in, owned, slots
from gradtwin.training.snapshot import Snapshot, state_of
from gradtwin.training.state import state_from
from gradtwin.training.suspect import SuspectSetup

__all__ = ["form_of", "taken"]

Array = NDArray[Any]


@dataclass(frozen=True)
class _Reading:
    """How the function of a step is called, and what it returns."""

    method: str
    adds: bool
    roles: tuple[str, ...]
    layout: Layout = LISTS

    @property
    def words(self) -> str:
        """What the report says."""
        returns = "what is added to them" if self.adds else "new parameters"
        of = self.layout.words if self.layout.alone else f"of {self.layout.words}"
        return f"init(params) and {self.method}({', '.join(self.roles)}) returns {returns}, {of}"

    def arguments(self, params: Any, grads: Any, state: Any) -> tuple[Any, ...]:
        """Return what it is called with."""
        by_role = {"params": params, "grads": grads, "state": state}
        return tuple(by_role[role] for role in self.roles)

    def begin(self, code: Any, names: Sequence[str], arrays: Sequence[Array], options: Mapping[str, Any]) -> Any:
        """Return the state before the first step."""
        return enter(code.init, self.layout.pack(names, arrays), **options_for(code.init, 1, options))

    def step(
        self, code: Any, names: Sequence[str], values: tuple[Any, Any, Any], options: Mapping[str, Any]
    ) -> tuple[list[Any], Any]:
        """Return parameters and state after a step from parameters, gradients and state."""
        params, grads, state = values
        function = getattr(code, self.method)
        arguments = self.arguments(self.layout.pack(names, params), self.layout.pack(names, grads), state)
        result = enter(function, *arguments, **options_for(function, len(self.roles), options))
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise misfit(
                f"{type(result).__name__} where {'updates' if self.adds else 'parameters'} and a state are due"
            )
        arrays = self.layout.read(names, result[0])
        if arrays is None:
            raise misfit(f"{type(result[0]).__name__} where {self.layout.words} of {len(names)} arrays are due")
        after = [p + np.asarray(u) for p, u in zip(params, arrays, strict=True)] if self.adds else arrays
        return after, result[1]


def _reading_of(code: Any, method: str) -> _Reading:
    """Return how a step is read, by the names of what it takes: with parameters first it returns them.

    An `update` with gradients first returns what is to be added.
    """
    names = positional(getattr(code, method))
    if method == "step" or (names[:1] and names_parameters(names[0]) and not names_a_gradient(names[0])):
        gradients_first = bool(names[1:]) and names_a_gradient(names[0]) and not names_a_gradient(names[1])
        roles = ("grads", "params", "state") if gradients_first else ("params", "grads", "state")
        return _Reading(method, False, roles)
    takes_params = not names or (len(names) > 2 and names_parameters(names[2]))
    return _Reading(method, True, ("grads", "state", "params") if takes_params else ("grads", "state"))


def taken(code: Any, method: str) -> dict[str, bool] | None:
    """Return the options that both functions take by name; empty where they have theirs already."""
    leading = len(_reading_of(code, method).roles)
    of_init, of_step = options_of(code.init, 1), options_of(getattr(code, method), leading)
    # An update that takes any name, and an init that does not, have their options already: these are extra arguments.
    is_open = of_step is None and (of_init is None or method == "step")
    return None if is_open else {**(of_init or {}), **(of_step or {})}


def form_of(source: OptimizerSource, pair: Any, method: str, options: Mapping[str, Any]) -> Form:
    """Return how a pair of functions is read.

    Parameters
    ----------
    source : OptimizerSource
        Where such pairs come from.
    pair : object
        One of them, with ``init`` and a function of this name.
    method : str
        ``update`` or ``step``.
    options : mapping
        What they are made, or called, with.
    """
    reading = _reading_of(pair, method)

    def two_steps(layout: Layout, names: Sequence[str], params: list[Array], grads: list[Array]) -> list[Any]:
        tried, code, left = replace(reading, layout=layout), source.of(source.making(options)), source.options(options)
        state = tried.begin(code, names, params, left)
        for _ in range(2):
            params, state = tried.step(code, names, (params, grads, state), left)
        return params

    reading = replace(reading, layout=layout_by(two_steps))
    if method == "step" and reading.layout.alone and not reading.layout.of_tensors:
        return functions.form_of(source)

    def begin(setup: SuspectSetup, params: Arrays) -> SteppedRun:
        code = source.of(source.making(setup.options.options))
        return SteppedRun(setup, params, _Updates(code, reading, source, setup.options, params))

    return Form(f"{source.words}: {reading.words}", begin, follows_schedule=not source.takes_options)


@dataclass
class _Updates:
    """The functions, and a state for what goes together: all parameters, those of a group, or each alone."""

    code: Any
    reading: _Reading
    source: OptimizerSource
    options: StepOptions
    params: Arrays

    def __post_init__(self) -> None:
        self.layout = self.reading.layout
        self.groups = groups_of(self.layout, list(self.params), self.options.group_options)
        self.states = [self._begin(group) for group in self.groups]
        self.fresh = list(self.states)

    def _begin(self, names: Sequence[str]) -> Any:
        arrays = [self.params[name].copy() for name in names]
        return self.reading.begin(self.code, names, arrays, self._options(names, 0))

    def _options(self, names: Sequence[str], at: int) -> dict[str, Any]:
        return self.source.options(self.options.at(names[0], at))

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
            arrays = self._step(i, names, (params, grads), at, call)
            after |= dict(zip(names, arrays, strict=True))
        return after

    def _step(
        self, i: int, names: Sequence[str], arrays: tuple[Arrays, Mapping[str, Any]], at: int, call: Call
    ) -> list[Any]:
        before, places, k = self.states[i], numbers_in(self.states[i]), len(names)
        params, grads = arrays
        skeleton: list[Any] = []

        def update(*values: Any, **options: Any) -> Any:
            state = filled(before, dict(zip(places, values[2 * k :], strict=True)))
            known = list(values[:k]), list(values[k : 2 * k]), state
            after, state = self.reading.step(self.code, names, known, options)
            skeleton[:] = [state]
            return (*after, *numbers_in(state).values())

        arguments = {name: params[name] for name in names} | {f"grad of {name}": grads[name] for name in names}
        own = {f"state {place}": x for place, x in places.items()}
        result = list(call(update, arguments | own, Conduct(), self._options(names, at)))
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
