"""An object that keeps its state and steps parameters, in place or by returning them; it can only run free."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Conduct, enter
from gradtwin.core.key import Key
from gradtwin.core.signatures import needed
from gradtwin.training.forms.form import Form, OptimizerSource
from gradtwin.training.forms.layouts import ALONE, LAYOUTS, LISTS, Layout, groups_of, layout_by, updated
from gradtwin.training.forms.naming import Order, names_parameters, order_of
from gradtwin.training.forms.parameters import ParameterHolder
from gradtwin.training.forms.run import Arrays, Call, SteppedRun
from gradtwin.training.snapshot import Snapshot
from gradtwin.training.suspect import SuspectSetup

__all__ = ["METHODS", "form_of", "form_of_lists", "is_steppable", "method_of"]

Array = NDArray[Any]
BEGINNINGS = ("init", "initialize", "init_state", "setup", "build")
"""The methods that an object may ask to be called with the parameters, before its first step."""
METHODS = ("step", "update", "__call__")
"""The methods that may take a step, the first that an object has."""


@dataclass(frozen=True)
class _Reading:
    """How an object is handed parameters and gradients."""

    source: OptimizerSource
    method: str
    order: Order
    holds: bool
    layout: Layout = LISTS
    counter: str | None = None

    @property
    def words(self) -> str:
        """What the report says."""
        call = f"{self.method}({self.order.words})" if self.method != "__call__" else f"call with ({self.order.words})"
        held = "made of the parameters, " if self.holds else ""
        if self.order.label is not None:
            counted = f"{self.counter}() once, then " if self.counter else ""
            return f"{self.source.words}: {counted}{call} for one parameter after the other"
        of = self.layout.words if self.layout.alone else f"of {self.layout.words}"
        return f"{self.source.words}: {held}{call}, {of}"

    @property
    def alone(self) -> bool:
        """Whether an object steps one parameter, and knows of no other."""
        return self.layout.alone and self.order.label is None

    def begin(self, options: Mapping[str, Any], names: Sequence[str], params: Sequence[Array]) -> _Group:
        """Return an object for some parameters."""
        return _Group(self, options, names, params)


def method_of(instance: Any, *, holds: bool) -> str | None:
    """Return the method of an object that takes its steps, None where it has none.

    It takes parameters unless the object holds them.
    """
    methods = [name for name in METHODS if callable(getattr(instance, name, None))]
    return next((name for name in methods if holds or _order_of(instance, name).count > 1), None)


def is_steppable(instance: Any) -> bool:
    """Return whether an object that holds its parameters has a method for its steps."""
    return method_of(instance, holds=True) is not None


def _counter_of(instance: Any, method: str) -> str | None:
    """Return the method that counts the steps of an object whose other one takes one parameter at a time."""
    is_other = method != METHODS[0] and callable(getattr(instance, METHODS[0], None))
    return METHODS[0] if is_other and not needed(getattr(instance, METHODS[0])) else None


def _order_of(instance: Any, method: str) -> Order:
    # What a function says of itself, its method of calls does not.
    is_called = method == METHODS[-1] and not inspect.isclass(instance)
    return order_of(instance if is_called else getattr(instance, method), unbound=inspect.isclass(instance))


def form_of(source: OptimizerSource, instance: Any, options: Mapping[str, Any], *, holds: bool) -> Form:
    """Return how an object is read, by its method, by the names of what that takes, and by what it takes of several.

    Parameters
    ----------
    source : OptimizerSource
        Where objects come from; with `holds`, each is made of the parameters.
    instance : object
        One of them, or its class.
    options : mapping
        What they are made with.
    holds : bool
        Whether objects are made of the parameters.
    """
    known = method_of(instance, holds=holds)
    method = known or METHODS[0]
    order = _order_of(instance, method) if known else Order(2)
    counter = _counter_of(instance, method) if order.label is not None else None
    reading = _Reading(source, method, order, holds, counter=counter)

    def two_steps(layout: Layout, names: Sequence[str], params: list[Array], grads: list[Array]) -> list[Any]:
        group = replace(reading, layout=layout).begin(options, names, params)
        after = group.step(params, [g.copy() for g in grads])
        return group.step([np.array(p) for p in after], grads)

    ways = LAYOUTS if order.label is None else ALONE
    reading = replace(reading, layout=layout_by(two_steps, ways))
    return _form(reading, reading.words)


def form_of_lists(source: OptimizerSource, words: str) -> Form:
    """Return the form of objects of ours that stand for somebody's, with ``step(params, grads)`` of lists."""
    return _form(_Reading(source, METHODS[0], Order(2), holds=False), words)


def _form(reading: _Reading, words: str) -> Form:
    def begin(setup: SuspectSetup, params: Arrays) -> SteppedRun:
        return SteppedRun(setup, params, _Objects(reading, setup, params))

    return Form(words, begin, in_reach=False, follows_schedule=False)


class _Group:
    """An object and the parameters that it steps."""

    def __init__(
        self, reading: _Reading, options: Mapping[str, Any], names: Sequence[str], params: Sequence[Array]
    ) -> None:
        self.reading, self.names = reading, names
        self.held = ParameterHolder(reading.layout, names, params) if reading.holds else None
        leading = (self.held.container,) if self.held else ()
        self.object = reading.source.of(reading.source.making(options), *leading)
        if self.held:
            self.held.find_in(self.object)
        begin = next((f for f in (getattr(self.object, name, None) for name in BEGINNINGS) if callable(f)), None)
        if begin is not None and names_parameters("".join(needed(begin))):
            enter(begin, reading.layout.pack(names, [np.array(p) for p in params]))

    def step(self, params: list[Any], grads: list[Any]) -> list[Any]:
        """Return the parameters after a step, of which the arrays that came in are the ones that it may write into."""
        reading, names = self.reading, self.names
        if reading.counter:
            enter(getattr(self.object, reading.counter))
        if reading.order.label is not None:
            triples = zip(names, params, grads, strict=True)
            return [p if g is None else self._step((name,), [p], [g])[0] for name, p, g in triples]
        return self._step(names, params, grads)

    def _step(self, names: Sequence[str], params: list[Any], grads: list[Any]) -> list[Any]:
        reading = self.reading
        before, own = [np.array(p) for p in params], reading.layout.pack(names, params)
        if self.held:
            self.held.bring(params, grads)
            own = self.held.container
        arguments = reading.order.arguments(own, reading.layout.pack(names, grads), names[0])
        result = enter(getattr(self.object, reading.method), *arguments)
        after = self.held.arrays() if self.held else reading.layout.unpack(names, own)
        arrays: list[Any] = updated(result, reading.layout, names, before, after)
        return arrays


@dataclass
class _Objects:
    """An object for all parameters with the same options, or one for each."""

    reading: _Reading
    setup: SuspectSetup
    params: Arrays

    def __post_init__(self) -> None:
        options = self.setup.options
        layout = self.reading.layout if self.reading.alone else LISTS
        self.groups = [
            self.reading.begin(options.at(names[0]), names, [self.params[n] for n in names])
            for names in groups_of(layout, list(self.params), options.group_options)
        ]

    @property
    def fields(self) -> tuple[str, ...]:
        """None: the state is out of reach."""
        return ()

    @property
    def hidden(self) -> tuple[str, ...]:
        """All of it."""
        return ("the state",)

    def load(self, params: Arrays, snapshot: Snapshot, names: Mapping[str, str]) -> None:
        """Leave the state where it is."""

    def state(self) -> dict[Key, Any]:
        """Return nothing: the state is out of reach."""
        return {}

    def step(self, params: Arrays, grads: Mapping[str, Any], at: int, call: Call) -> dict[str, Any]:
        """Take a step; the object may change the arrays in place or return new ones."""
        after: dict[str, Any] = {}
        for group in self.groups:
            # One parameter alone, without a gradient, is one that nobody steps.
            if self.reading.alone and grads[group.names[0]] is None:
                after[group.names[0]] = params[group.names[0]]
                continue
            after |= dict(zip(group.names, self._step(group, params, grads, call), strict=True))
        return after

    def _step(self, group: _Group, params: Arrays, grads: Mapping[str, Any], call: Call) -> Sequence[Any]:
        k = len(group.names)

        def update(*arguments: Any) -> Any:
            return tuple(group.step(list(arguments[:k]), list(arguments[k:])))

        arguments: dict[str, Any] = {name: params[name].copy() for name in group.names}
        arguments |= {f"grad of {name}": None if grads[name] is None else np.array(grads[name]) for name in group.names}
        result: Sequence[Any] = call(update, arguments, Conduct(writes=tuple(group.names), repeats=False))
        return result
