"""Rows of models: what is fitted to data and then predicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from gradtwin.core.call import enter
from gradtwin.core.conditions import Conditions
from gradtwin.core.report import Report
from gradtwin.project.case import Case, Inputs, Refusal
from gradtwin.project.modules import load
from gradtwin.project.trials import Trial, both_refuse, refusal_trials, tensor, trials_by_family

__all__ = ["Model"]


@dataclass(frozen=True)
class Model:
    """A model that is fitted to data and then predicts.

    Parameters
    ----------
    name : str
        ``family.model``, as the commands know it.
    suspect : str
        Module with ``fit(*data, **options)``, which returns a NamedTuple, and ``predict(fitted, X)``; for `costs`,
        with ``value_and_grad(parameters, *data, **options)``. By default the one of this name in the package of the
        suspects.
    twin : str
        Module with the same ``fit`` and ``predict`` in PyTorch; for `costs`, with
        ``loss(parameters, *data, **options)``. By default the one of this name in the package of the twins.
    inputs : callable
        ``inputs(draw)`` returns the data of `fit` and, last, the X of `predict`.
    cases : sequence of Case
        Options of `fit`; at least one.
    costs : sequence of Case
        What the cost and its gradient are tried on: each with inputs, of which the first is the list of parameters.
    refusals : sequence of Refusal
        Data and options that both sides refuse.
    margin : bool
        True for a model that predicts labels; the twin's module has ``margin(fitted, X)``, as
        `gradtwin.check_estimator` takes it.
    tags : sequence of str
        Further names of the row.
    """

    kind: ClassVar[str] = "model"
    sides: ClassVar[tuple[tuple[str, str], ...]] = (("suspect", "twin"),)
    takes_long: ClassVar[bool] = False

    name: str
    suspect: str = ""
    twin: str = ""
    _: KW_ONLY
    inputs: Inputs
    cases: Sequence[Case]
    costs: Sequence[Case] = ()
    refusals: Sequence[Refusal] = ()
    margin: bool = False
    tags: Sequence[str] = ()

    def trials(self, conditions: Conditions, steps: int | None = None) -> Iterator[Trial]:
        """Yield cases and costs by families by precisions; refusals at the first precision."""
        for at_precision in conditions.by_precision():
            yield from trials_by_family(self, self.cases, at_precision)
            for cost in self.costs:
                for family in cost.families:
                    yield Trial(self, cost, f"cost of {cost.name}", at_precision, family)
        yield from refusal_trials(self, self.refusals, conditions)

    def judge(self, trial: Trial, case: Case) -> Report:
        """Judge fit and predictions, or the cost and its gradient."""
        from gradtwin.ops.model import check_cost, check_estimator

        inputs = trial.inputs(case.inputs or self.inputs)
        if any(case is cost for cost in self.costs):
            value_and_grad, loss = self._suspect("value_and_grad"), self._twin("loss")
            return check_cost(value_and_grad, twin=loss, inputs=inputs, options=case.options, **trial.keywords())
        return check_estimator(
            self._suspect(),
            twin=self._twin(),
            inputs=inputs,
            options=case.options,
            margin=self._twin("margin") if self.margin else None,
            **trial.keywords(),
        )

    def refuse(self, trial: Trial, refusal: Refusal) -> Report:
        """Judge data or options that both sides must refuse."""
        *data, X = trial.inputs(refusal.inputs or self.inputs)
        ours, theirs, options = self._suspect(), self._twin(), refusal.options
        return both_refuse(
            trial,
            lambda: enter(ours.predict, enter(ours.fit, *data, **options), X),
            lambda: enter(theirs.predict, enter(theirs.fit, *map(tensor, data), **options), tensor(X)),
        )

    def numbers(self, trial: Trial, case: Case) -> Iterator[str]:
        """Yield nothing: what is fitted and predicted has no table."""
        return iter(())

    def summary(self, reports: Sequence[Report]) -> Iterator[str]:
        """Yield nothing: the table says it all."""
        return iter(())

    def _suspect(self, attribute: str | None = None) -> Any:
        return load(self.suspect, attribute, self.name, "suspect")

    def _twin(self, attribute: str | None = None) -> Any:
        return load(self.twin, attribute, self.name, "twin")
