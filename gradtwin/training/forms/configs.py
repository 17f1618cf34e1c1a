"""A function of a parameter, its gradient and a config: a dict that holds the options, and the state beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.call import Code, aside, enter
from gradtwin.core.errors import UsageError
from gradtwin.training.arguments import named_options, options_of
from gradtwin.training.forms import functions
from gradtwin.training.forms.form import Form, OptimizerSource
from gradtwin.training.forms.layouts import ALONE, Layout, layout_by
from gradtwin.training.forms.naming import Order, names_a_config, order_of
from gradtwin.training.forms.run import misfit
from gradtwin.training.suspect import StepFailedError

__all__ = ["ConfigOptions", "config_of", "form_of", "options_in"]

Array = NDArray[Any]
LEADING = 2
STAND_IN = 0.5
"""What a config on trial holds by a name that the function asks for and has no default of."""


@dataclass(frozen=True)
class ConfigOptions:
    """The options of a function, in its config and beside it.

    Parameters
    ----------
    taken : mapping, or None
        The options, each with whether it must be given; None where a step on trial raised before all were asked for.
    named : mapping
        The options that the function has asked for, each with whether it must be given.
    defaults : mapping
        What it sets them to where nobody gives them.
    """

    taken: Mapping[str, bool] | None
    named: Mapping[str, bool]
    defaults: Mapping[str, Any]


def config_of(function: Code) -> str | None:
    """Return the argument of a function that is its config, by its name; None where it has none."""
    return next(filter(names_a_config, named_options(function, LEADING)), None)


def options_in(function: Code, name: str, config: str) -> ConfigOptions:
    """Return the options of a function: those of a call, and what it asks its config for in a step on trial."""
    beside = {option: must for option, must in named_options(function, LEADING).items() if option != config}
    trials = [_Trial(_Reading(function, config, order_of(function), layout)) for layout in ALONE]
    trial = next((trial for trial in trials if trial.passes()), trials[0])
    both = sorted(trial.asked.keys() & beside.keys())
    if both:
        raise UsageError(
            f"Expected every option of {name} to be either in {config} or an argument of its own; got {both[0]!r} as "
            "both."
        )
    named = beside | {option: option in trial.missing for option in {**trial.asked, **dict.fromkeys(trial.missing)}}
    is_open = not trial.finished or options_of(function, LEADING) is None
    defaults = {option: x for option, x in trial.asked.items() if option not in trial.missing}
    return ConfigOptions(None if is_open else named, named, defaults)


def form_of(function: Code, name: str, config: str, options: Mapping[str, Any]) -> Form:
    """Return how a function with a config is read, by what it takes of a parameter: an array or a tensor."""
    reading = _Reading(function, config, order_of(function), ALONE[0])

    def two_steps(layout: Layout, names: Sequence[str], params: list[Array], grads: list[Array]) -> list[Any]:
        tried, state = replace(reading, layout=layout), _empty(params)
        for _ in range(2):
            params[0], state = tried.step(params[0], grads[0], state, **options)
        return params

    reading = replace(reading, layout=layout_by(two_steps, ALONE))
    pair = SimpleNamespace(init=_empty, step=reading.step)
    form = functions.form_of(OptimizerSource(lambda options: pair, "functions", takes_options=False))
    given = ", ".join(reading.order.arguments("param", "grad"))
    words = f"the function {name}({given}, {config}), whose {config} holds options and state, {reading.layout.words}"
    return replace(form, words=words)


def _empty(param: Any) -> dict[str, Any]:
    """Return the state of a parameter before its first step: nothing."""
    return {}


@dataclass(frozen=True)
class _Reading:
    """How a function is called: with a config that is made for every step, of the options and the state."""

    function: Code
    config: str
    order: Order
    layout: Layout

    def step(self, param: Any, grad: Any, state: Mapping[str, Any], **options: Any) -> tuple[Any, dict[str, Any]]:
        """Return a parameter after a step, and what its config then holds beside the options."""
        beside = {option: x for option, x in options.items() if option in named_options(self.function, LEADING)}
        given = {option: x for option, x in options.items() if option not in beside}
        # What the function has written over an option, such as a rate that decays, is state.
        after, config = self.call(param, grad, {**given, **state}, beside)
        return after, {k: x for k, x in config.items() if k not in given or not _are_same(x, given[k])}

    def call(
        self, param: Any, grad: Any, config: dict[str, Any], beside: Mapping[str, Any]
    ) -> tuple[Any, Mapping[str, Any]]:
        """Return a parameter and a config after one call, which may write into both or return them."""
        # A copy: a step may be one in place.
        own, along = (self.layout.pack([""], [np.array(x)]) for x in (param, grad))
        result = enter(self.function, *self.order.arguments(own, along), **{self.config: config}, **beside)
        pair = result if isinstance(result, (tuple, list)) else (result, config)
        if len(pair) != LEADING or not isinstance(pair[1], Mapping):
            kinds = ", ".join(type(x).__name__ for x in pair)
            raise misfit(f"{kinds} where the parameter and its {self.config} are due")
        arrays = self.layout.read([""], own if pair[0] is None else pair[0])
        if arrays is None:
            raise misfit(f"{type(pair[0]).__name__} where the parameter is due")
        return arrays[0], pair[1]


def _are_same(x: Any, option: Any) -> bool:
    return x is option or bool(np.array_equal(x, option))


@dataclass
class _Trial:
    """A step of a function on its own, and what it asks its config for."""

    reading: _Reading
    missing: set[str] = field(default_factory=set)
    asked: dict[str, Any] = field(default_factory=dict)
    finished: bool = False

    def passes(self) -> bool:
        """Take a step on trial and return whether it raised nothing."""
        with np.errstate(all="ignore"):
            aside("a step on trial", self._run, (), {}, ())
        return self.finished

    def _run(self) -> None:
        function, array = self.reading.function, np.ones((2, 3))
        asked_for = {option for option, must in named_options(function, LEADING).items() if must}
        beside = dict.fromkeys(asked_for - {self.reading.config}, STAND_IN)
        while not self.finished:
            config = _Config(dict.fromkeys(self.missing, STAND_IN), self.asked)
            try:
                _, after = self.reading.call(array, array, config, beside)
            except KeyError as error:
                name = next(iter(error.args), None)
                if not isinstance(name, str) or name in self.missing:
                    raise
                self.missing.add(name)
            except StepFailedError:  # a result of another form, which the run says
                return
            else:
                # A copy of the config may have been asked in its place: it came back with what it holds.
                values = {**after, **self.asked}
                arrays = {k for k, x in after.items() if _is_array(x)}
                self.asked = {k: x for k, x in values.items() if k not in arrays and not _is_array(x)}
                self.finished = True


def _is_array(x: Any) -> bool:
    return isinstance(x, (np.ndarray, torch.Tensor))


class _Config(dict[str, Any]):
    """A config that notes by which names it is asked, each with the default that it is first asked with."""

    def __init__(self, values: Mapping[str, Any], asked: dict[str, Any]) -> None:
        super().__init__(values)
        self.asked = asked

    def __bool__(self) -> bool:
        return True  # an empty one too: `config or {}` is this one

    def __contains__(self, key: object) -> bool:
        self.asked.setdefault(str(key), None)
        return super().__contains__(key)

    def copy(self) -> _Config:
        """Return a config that notes in the same place."""
        return _Config(self, self.asked)

    def get(self, key: str, default: Any = None) -> Any:
        """Return what is there, or the default."""
        self.asked.setdefault(key, default)
        return super().get(key, default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return what is there, which is the default if nothing was."""
        self.asked.setdefault(key, default)
        return super().setdefault(key, default)

    def pop(self, key: str, *default: Any) -> Any:
        """Return what was there, or the default."""
        self.asked.setdefault(key, *default[:1])
        return super().pop(key, *default)
