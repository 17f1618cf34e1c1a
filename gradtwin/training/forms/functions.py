"""Two functions of one parameter: ``init(param)`` makes a state of any kind, ``step(param, grad, state)`` goes on."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, Conduct, enter
from gradtwin.core.key import Key
from gradtwin.training.arguments import options_of
from gradtwin.training.forms.form import Form, OptimizerSource, options_for
from gradtwin.training.forms.run import Arrays, Call, SteppedRun, misfit
from gradtwin.training.method import StepOptions
from gradtwin.training.places import filled, is_mutable, numbers_in, slots
from gradtwin.training.snapshot import Snapshot, state_of
from gradtwin.training.state import state_from
from gradtwin.training.suspect import SuspectSetup

__all__ = ["form_of", "taken"]

Array = NDArray[Any]
LEADING = {"init": 1, "step": 3}


def form_of(source: OptimizerSource) -> Form:
    """Return how two functions ``init`` and ``step`` of one parameter are read."""

    def begin(setup: SuspectSetup, params: Arrays) -> SteppedRun:
        code = source.of(setup.options.options)
        return SteppedRun(setup, params, _Functions(code.init, code.step, setup.options, source, params))

    words = f"{source.words}: init(param) and step(param, grad, state)"
    return Form(words, begin, follows_schedule=not source.takes_options)


def taken(code: Any) -> dict[str, bool] | None:
    """Return the options that both functions together take: `step` all of them, or `init` by their names."""
    of_init, of_step = (options_of(getattr(code, name), leading) for name, leading in LEADING.items())
    if of_step is None:
        return None
    needed = {name for options in (of_init or {}, of_step) for name, is_needed in options.items() if is_needed}
    return {name: name in needed for name in ((of_init or {}) | of_step)}


@dataclass
class _Functions:
    """The functions, and a state for each parameter."""

    init: Code
    step_code: Code
    options: StepOptions
    source: OptimizerSource
    params: Arrays

    def __post_init__(self) -> None:
        self.states = {name: self._begin(name, p) for name, p in self.params.items()}
        self.fresh = dict(self.states)
        self.skeletons: dict[str, Any] = {}

    def _begin(self, name: str, param: Array) -> Any:
        return enter(self.init, param.copy(), **self._options("init", name, 0))

    def _options(self, function: str, name: str, at: int) -> dict[str, Any]:
        """Return the options that a function takes."""
        code = self.init if function == "init" else self.step_code
        return options_for(code, LEADING[function], self.source.options(self.options.at(name, at)))

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the places of the states."""
        states = (*self.fresh.values(), *self.states.values())
        return tuple(dict.fromkeys(place for state in states for place in slots(state)))

    @property
    def hidden(self) -> tuple[str, ...]:
        """Nothing: whatever is kept is in the state."""
        return ()

    def load(self, params: Arrays, snapshot: Snapshot, names: Mapping[str, str]) -> None:
        """Take over the state."""
        for name, p in params.items():
            values = state_of(snapshot, name)
            fresh = self.fresh[name] if not values else self._skeleton(name, p, values, names)
            self.states[name] = state_from(values, names, copy.deepcopy(fresh), p.dtype)

    def _skeleton(self, name: str, param: Array, values: Mapping[str, Any], names: Mapping[str, str]) -> Any:
        """Return a state that has a place for every value: `init` may leave some of them to the first step."""
        if name not in self.skeletons:
            state = self.fresh[name]
            wanted = {place for place, quantity in names.items() if quantity in values} | (
                set(values) & set(self.fields)
            )
            if not wanted <= slots(state).keys():
                zeros, copied = np.zeros_like(param), copy.deepcopy(state)
                state = self._stepped(param.copy(), zeros, copied, self._options("step", name, 0))[1]
            self.skeletons[name] = state
        return self.skeletons[name]

    def step(self, params: Arrays, grads: Mapping[str, Any], at: int, call: Call) -> Arrays:
        """Take a step of every parameter that has a gradient."""
        return {n: p if grads[n] is None else self._step(n, p, grads[n], at, call) for n, p in params.items()}

    def _step(self, name: str, param: Array, grad: Any, at: int, call: Call) -> Any:
        before, places = self.states[name], numbers_in(self.states[name])
        after: list[Any] = []

        def update(p: Any, g: Any, *values: Any, **options: Any) -> Any:
            state = filled(before, dict(zip(places, values, strict=True)))
            p, state = self._stepped(p, g, state, options)
            after[:] = [state]
            return (p, *numbers_in(state).values())

        arguments = {name: param, f"grad of {name}": grad}
        own = {f"{place} of {name}": x for place, x in places.items()}
        # A container that can be written into is the optimizer's own, which its step may do.
        conduct = Conduct(writes=tuple(own) if is_mutable(before) else ())
        p, *values = call(update, arguments | own, conduct, self._options("step", name, at))
        self.states[name] = filled(after[0], dict(zip(numbers_in(after[0]), values, strict=True)))
        return p

    def _stepped(self, param: Any, grad: Any, state: Any, options: Mapping[str, Any]) -> tuple[Any, Any]:
        result = enter(self.step_code, param, grad, state, **options)
        if isinstance(result, (tuple, list)) and len(result) == 2:
            return result[0], result[1]
        if isinstance(result, (tuple, list)) or not (state is None or is_mutable(state)):
            got = f"{len(result)} values" if isinstance(result, (tuple, list)) else type(result).__name__
            raise misfit(f"{got} where the parameter and the state are due")
        return result, state

    def state(self) -> dict[Key, Any]:
        """Return the numbers of the states."""
        return {Key(place, name): x for name, state in self.states.items() for place, x in numbers_in(state).items()}
