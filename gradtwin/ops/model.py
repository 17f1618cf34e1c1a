"""Judging a model that is fitted to data and then predicts, against the same model in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradtwin.core.arguments import public_check
from gradtwin.core.call import Code, enter
from gradtwin.core.conditions import Conditions
from gradtwin.core.conventions import accepted
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from gradtwin.ops.check import check, judged
from gradtwin.ops.inputs import Provider, Provides, as_asked
from gradtwin.ops.labels import finite
from gradtwin.ops.problem import Problem
from gradtwin.ops.sides import Takers
from gradtwin.ops.subject import Manner

__all__ = ["check_cost", "check_estimator"]


@public_check
def check_estimator(
    model: Any,
    *,
    twin: Any,
    inputs: Provides | Provider,
    options: Mapping[str, Any] | None = None,
    margin: Code | None = None,
    accept: str | Sequence[str] = (),
    dtypes: Sequence[str] | None = None,
    device: str = "cpu",
    seed: int = 0,
    exact: bool = False,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge what a model learns from data, by the fields of what it returns, and what it then predicts.

    Parameters
    ----------
    model : module or object
        Has ``fit(*data, **options)``, which returns a NamedTuple of arrays, numbers, tuples of them, None and text,
        and ``predict(fitted, X)``.
    twin : module or object
        The same in PyTorch; what its ``fit`` returns has the same fields.
    inputs : sequence, mapping, or callable
        The data of ``fit`` and, last, the X of ``predict``: arrays, by position or by name, or a function of a
        `numpy.random.Generator` that returns them. Floating arrays are cast to the precision under test.
    options : mapping, optional
        Options of both ``fit``.
    margin : callable, optional
        For a model that predicts labels: ``margin(fitted, X)``, given what the twin has fitted, returns the real
        numbers by whose signs the labels are decided, as the argument `margin` of `gradtwin.check`.
    accept, dtypes, device, seed, exact, name, command
        As for `gradtwin.check`.

    Returns
    -------
    Report
        Its quantities are ``fitted.weight`` and the like, and ``prediction``.

    Raises
    ------
    UsageError
        If an argument is not of the form above, or the two ``fit`` return other fields.
    DeviceMissingError
        If `device` is not on this machine.
    """
    for argument, side in (("model", model), ("twin", twin)):
        for function in ("fit", "predict"):
            if not callable(getattr(side, function, None)):
                raise UsageError(f"Expected {argument} to have {function}; got {_called(side)}, which has none.")
    suspect = ModelAsOp(model, options or {})
    problem = Problem(
        suspect,
        None,
        TwinModelAsOp(twin, options or {}, margin, suspect),
        inputs,
        {},
        manner=Manner(
            exact=exact,
            accept=accepted(accept),
            decides=margin is not None,
            output_names=suspect.output_names,
        ),
        takers=Takers({"fit of model": model.fit, "fit of twin": twin.fit}, tuple(options or ()), withheld=1),
    )
    title = name or _called(model)
    at = Conditions(tuple(dtypes or ()), device, seed, title, command, asked=dtypes is not None)
    return judged(problem, as_asked(at, inputs))


def check_cost(
    value_and_grad: Code,
    *,
    twin: Code,
    inputs: Sequence[Any],
    options: Mapping[str, Any] | None = None,
    **where: Any,
) -> Report:
    """Judge a cost and its gradient by the parameters against the same cost in PyTorch.

    Parameters
    ----------
    value_and_grad : callable
        ``value_and_grad(parameters, *data, **options)`` returns the cost and the list of its gradients.
    twin : callable
        ``twin(parameters, *data, **options)`` returns the cost.
    inputs : sequence
        The list of parameters, then the data.
    options : mapping, optional
        Options of both.
    **where
        Further arguments of `gradtwin.check`.
    """
    parameters, *data = inputs
    names = [f"parameters[{i}]" for i in range(len(parameters))]
    inputs_by_name = dict(zip((*names, *(f"data[{i}]" for i in range(len(data)))), (*parameters, *data), strict=True))

    def split(arguments: Mapping[str, Any]) -> tuple[list[Any], list[Any], dict[str, Any]]:
        chosen = {k: v for k, v in arguments.items() if k not in inputs_by_name}
        return [arguments[n] for n in names], [arguments[n] for n in inputs_by_name if n not in names], chosen

    def forward(**arguments: Any) -> Any:
        first, rest, chosen = split(arguments)
        return np.asarray(enter(value_and_grad, first, *rest, **chosen)[0])

    def backward(grad: Any, **arguments: Any) -> Any:
        first, rest, chosen = split(arguments)
        return tuple(grad * g for g in enter(value_and_grad, first, *rest, **chosen)[1])

    def cost(**arguments: Any) -> Any:
        first, rest, chosen = split(arguments)
        return enter(twin, first, *rest, **chosen)

    return check(forward, backward, twin=cost, inputs=inputs_by_name, options=options, differentiable=names, **where)


class ModelAsOp:
    """A model as one function of its data and of what it is asked; it learns the names of what is fitted as it runs."""

    def __init__(self, side: Any, options: Mapping[str, Any]) -> None:
        self.side = side
        self.options = options
        self.names: tuple[str, ...] | None = None

    def __call__(self, *inputs: Any, **by_name: Any) -> tuple[Any, ...]:
        fitted, X = _fitted(self.side, self.options, inputs, by_name)
        leaves = _leaves(fitted, "model")
        self.names = tuple(leaves)
        return (*leaves.values(), enter(self.side.predict, fitted, X))

    def output_names(self, count: int) -> tuple[str, ...] | None:
        """Return the names of what is fitted, and of the prediction; None before the first run, or for other counts."""
        names = (*(self.names or ()), "prediction")
        return names if len(names) == count else None


@dataclass(frozen=True)
class TwinModelAsOp:
    """A model in PyTorch as one function, which must learn what the suspect has learned, and tells its margin."""

    side: Any
    options: Mapping[str, Any]
    margin: Code | None
    suspect: ModelAsOp

    def __call__(self, *inputs: Any, **by_name: Any) -> tuple[Any, ...]:
        fitted, X = _fitted(self.side, self.options, inputs, by_name)
        leaves, names = _leaves(fitted, "twin"), self.suspect.names
        # None where the twin runs first, as to tell its shapes: then there is nothing yet to be compared with.
        if names is not None and tuple(leaves) != names:
            raise UsageError(f"Expected the twin's fit to return {', '.join(names)}; got {', '.join(leaves)}.")
        margin = () if self.margin is None else (finite(enter(self.margin, fitted, X)),)
        return (*map(torch.as_tensor, leaves.values()), enter(self.side.predict, fitted, X), *margin)


def _fitted(
    side: Any, options: Mapping[str, Any], inputs: Sequence[Any], by_name: Mapping[str, Any]
) -> tuple[Any, Any]:
    """Return what is fitted to all inputs but the last, and the last."""
    data = dict(by_name)
    *rest, X = inputs or (data.pop(list(data)[-1]),)
    return enter(side.fit, *rest, **data, **options), X


def _leaves(fitted: Any, side: str) -> dict[str, Any]:
    """Return the arrays and numbers of a NamedTuple, by name."""
    if not (isinstance(fitted, tuple) and hasattr(fitted, "_fields")):
        raise UsageError(
            f"Expected fit of {side} to return a NamedTuple of what is fitted; got {type(fitted).__name__}."
        )
    found: dict[str, Any] = {}
    for name, value in zip(fitted._fields, fitted, strict=True):
        parts = {f"[{i}]": part for i, part in enumerate(value)} if isinstance(value, (tuple, list)) else {"": value}
        found |= {f"fitted.{name}{at}": part for at, part in parts.items() if part is not None}
    return {name: value for name, value in found.items() if not isinstance(value, str)}


def _called(side: Any) -> str:
    return str(getattr(side, "__name__", type(side).__name__))
