"""Judging a model that is fitted to data and then predicts, against the same model in PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradtwin.core.arguments import public_check
from gradtwin.core.call import Code, enter, input_names
from gradtwin.core.conditions import Conditions
from gradtwin.core.conventions import accepted
from gradtwin.core.report import Report
from gradtwin.forms.estimators import read
from gradtwin.forms.fitted import Estimator, name_of
from gradtwin.ops.check import check, judged
from gradtwin.ops.fitting import SharedQuantities, SuspectFit, TwinFit, common_of
from gradtwin.ops.fitting_again import goes_on
from gradtwin.ops.inputs import Provider, Provides, as_asked, provided
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
    """Judge what a model learns from data, by name, and what it then answers.

    Parameters
    ----------
    model : object, class or module
        An estimator: an object with ``fit(X, y)``, which learns into its attributes, and ``predict(X)``,
        ``decision_function(X)``, ``predict_proba(X)`` or ``transform(X)``. Each fit is made on a copy of it, or by a
        new object of a class. Or a module, or other holder of two functions: ``fit(*data, **options)``, which returns
        a NamedTuple of arrays, numbers, tuples of them, None and text, and ``predict(fitted, X)``.
    twin : object, class or module
        The same in PyTorch, in either form.
    inputs : sequence, mapping, or callable
        The data of ``fit`` and, last, the X that is asked about: arrays, by position or by name, or a function of a
        `numpy.random.Generator` that returns them. Floating arrays are cast to the precision under test.
    options : mapping, optional
        Options of both sides: of the constructor of a class, of the ``fit`` of a module.
    margin : callable, optional
        For a model that predicts labels: ``margin(fitted, X)``, given the object or the NamedTuple that the twin has
        fitted, returns the real numbers by whose signs the labels are decided, as the argument `margin` of
        `gradtwin.check`.
    accept, dtypes, device, seed, exact, name, command
        As for `gradtwin.check`.

    Returns
    -------
    Report
        Its quantities are the attributes that a fit has set or changed and that both sides have, such as ``coef_`` or
        ``coefs_[0]``, and the methods that both have, such as ``predict``; of two modules, ``fitted.weight`` and
        ``prediction``. What one side alone has is listed. A fit that goes on from an earlier one of its object is
        `impure`, unless that of the twin does so too.

    Raises
    ------
    UsageError
        If an argument is not of the form above, or both sides share no name; of two modules, if the two ``fit`` return
        other fields.
    DeviceMissingError
        If `device` is not on this machine.

    Examples
    --------
    >>> import numpy as np, torch, gradtwin
    >>> class Mean:
    ...     def fit(self, X, y):
    ...         self.mean_ = y.mean()
    ...         return self
    ...     def predict(self, X):
    ...         return X[:, 0] * 0 + self.mean_
    >>> rng = np.random.default_rng(0)
    >>> data = [rng.standard_normal((6, 2)), rng.standard_normal(6), rng.standard_normal((3, 2))]
    >>> str(gradtwin.check_estimator(Mean(), twin=Mean(), inputs=data).coverage)
    'learned mean_ and predict'
    """
    suspect, reference = read("model", model, options or {}), read("twin", twin, options or {})
    at = Conditions(tuple(dtypes or ()), device, seed, name or name_of(model), command, asked=dtypes is not None)
    at = as_asked(at, inputs)
    values = provided(inputs, at)
    by_name = tuple(values) if isinstance(values, Mapping) else ()
    parameters = _parameters(suspect, len(values))
    takers = _takers({"fit of model": suspect, "fit of twin": reference})

    def problem(common: SharedQuantities) -> Problem:
        manner = Manner(
            exact=exact, accept=accepted(accept), decides=margin is not None, output_names=common.quantities_of
        )
        forward, beside = SuspectFit(suspect, common, parameters), TwinFit(reference, common, margin)
        return Problem(forward, None, beside, inputs, {}, manner=manner, takers=takers)

    first = problem(SharedQuantities()).subject(at.dtypes[0], at)
    common = common_of(suspect, reference, first, by_name)
    report = Report.joined("", [Report("", common.findings, remarks=common.remarks), judged(problem(common), at)])
    again = goes_on(suspect, reference, common, first, by_name) if report.ok else Report("")
    report = Report.joined(at.name, [again, report], at.command)
    return replace(report, form=suspect.words, coverage=common.covered(report.coverage))


def _parameters(model: Estimator, count: int) -> tuple[str, ...]:
    """Return the names of what a fit takes, and of what is asked afterwards; none where they are not all known."""
    names = (*input_names(model.taker, max(count - 1, 0)), "X_of_predict")[-count:]
    return names if all(map(str.isidentifier, names)) and len(set(names)) == count else ()


def _takers(sides: Mapping[str, Estimator]) -> list[Takers]:
    """Return who takes the data, and which of them take options beside it."""
    apart = [{n: side for n, side in sides.items() if bool(side.options) is takes} for takes in (True, False)]
    return [
        Takers({n: side.taker for n, side in group.items()}, tuple(next(iter(group.values())).options), withheld=1)
        for group in apart
        if group
    ]


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
