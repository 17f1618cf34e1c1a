"""A function of parameters and gradients that returns the new parameters, or writes into them, and keeps no state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, Conduct, enter
from gradtwin.core.key import Key
from gradtwin.training.forms.form import Form, options_for
from gradtwin.training.forms.layouts import Layout, groups_of, layout_by, updated
from gradtwin.training.forms.naming import Order, order_of
from gradtwin.training.forms.parameters import ParameterHolder
from gradtwin.training.forms.run import Arrays, Call, SteppedRun
from gradtwin.training.method import StepOptions
from gradtwin.training.snapshot import Snapshot
from gradtwin.training.suspect import SuspectSetup

__all__ = ["form_of"]

Array = NDArray[Any]


def form_of(function: Code, name: str, options: Mapping[str, Any], *, holds: bool = False) -> Form:
    """Return how a function is read, by the names of what it takes, and by what it takes of several parameters.

    With `holds` it takes parameters alone, which have their gradients in `grad`.
    """
    order = Order(0) if holds else order_of(function)

    def step(layout: Layout, names: Sequence[str], params: list[Array], grads: list[Array]) -> list[Any]:
        return _stepped(function, layout, order, names, (params, grads), options)

    layout = layout_by(step)

    def begin(setup: SuspectSetup, params: Arrays) -> SteppedRun:
        return SteppedRun(setup, params, _Plain(function, order, layout, setup.options))

    of = layout.words if layout.alone else f"of {layout.words}"
    return Form(f"the function {name}({order.words or 'params'}), without a state, {of}", begin)


def _stepped(
    function: Code,
    layout: Layout,
    order: Order,
    names: Sequence[str],
    arrays: tuple[list[Any], list[Any]],
    options: Mapping[str, Any],
) -> list[Any]:
    params, grads = arrays
    if order.count == 0:
        held = ParameterHolder(layout, names, params)
        held.bring(params, grads)
        enter(function, held.container, **options)
        return held.arrays()
    before, own = [np.array(p) for p in params], layout.pack(names, params)
    result = enter(function, *order.arguments(own, layout.pack(names, grads)), **options)
    after: list[Any] = updated(result, layout, names, before, layout.unpack(names, own))
    return after


@dataclass
class _Plain:
    """A function, and nothing that is kept."""

    function: Code
    order: Order
    layout: Layout
    options: StepOptions

    @property
    def fields(self) -> tuple[str, ...]:
        """None: there is no state."""
        return ()

    @property
    def hidden(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def load(self, params: Arrays, snapshot: Snapshot, names: Mapping[str, str]) -> None:
        """Take over nothing."""

    def state(self) -> dict[Key, Any]:
        """Return nothing."""
        return {}

    def step(self, params: Arrays, grads: Mapping[str, Any], at: int, call: Call) -> dict[str, Any]:
        """Take a step of the parameters that are stepped together, one group after the other."""
        after: dict[str, Any] = dict(params)
        for names in groups_of(self.layout, list(params), self.options.group_options):
            if not (self.layout.alone and grads[names[0]] is None):
                after |= dict(zip(names, self._step(names, params, grads, at, call), strict=True))
        return after

    def _step(
        self, names: Sequence[str], params: Arrays, grads: Mapping[str, Any], at: int, call: Call
    ) -> Sequence[Any]:
        k = len(names)

        def update(*arguments: Any, **options: Any) -> Any:
            arrays = list(arguments[:k]), list(arguments[k:])
            return tuple(_stepped(self.function, self.layout, self.order, names, arrays, options))

        options = options_for(self.function, max(self.order.count, 1), self.options.at(names[0], at))
        arguments = {name: params[name].copy() for name in names} | {f"grad of {name}": grads[name] for name in names}
        result: Sequence[Any] = call(update, arguments, Conduct(writes=tuple(names)), options)
        return result
