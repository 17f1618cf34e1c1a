"""Judging the rows of a project: every case, family and precision through `check` and its two siblings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradtwin.core.conditions import Conditions, seed_from
from gradtwin.core.inputs import Draw
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.ops.check import Problem, check
from gradtwin.ops.model import check_cost, check_model
from gradtwin.ops.subject import Manner, Subject
from gradtwin.project.case import Case, Misprint, Model, Op, Optimizer, Refusal, Row, Scheduler, Training, load
from gradtwin.project.refusals import refusal_findings
from gradtwin.training.check import check_optimizer, check_training
from gradtwin.training.method import CUDA_ONLY
from gradtwin.training.schedule import check_scheduler

__all__ = ["Trial", "trials"]

SIGNLESS = ("empty", "tiny")
"""Families whose zeros have no sign to keep: the sum of nothing, and sums that underflow, each in its own order."""


FEW: Mapping[str, tuple[int, ...]] = {"weight": (3, 4), "scale": ()}
"""Parameters of most trials of an optimizer; its first case is tried on more ranks."""


@dataclass(frozen=True)
class Trial:
    """One check of a row: a case on a family at a precision, a refusal, or a misprint.

    Parameters
    ----------
    row : Row
        The row.
    case : Case, Refusal or Misprint
        What to call it with.
    family : str
        Input family, or regime of the gradients; empty where neither applies.
    dtype : str
        Precision under test.
    device : str
        Where the twin runs at that precision.
    seed : int
        The user's seed.
    steps : int, optional
        Stop a training run, or that of an optimizer, after that many steps.
    variant : str
        The implementation of torch that an optimizer is judged against, if not the one that torch chooses.
    """

    row: Row
    case: Case | Refusal | Misprint
    family: str
    dtype: str
    device: str = "cpu"
    seed: int = 0
    steps: int | None = None
    variant: str = ""

    @property
    def id(self) -> str:
        """The name of the trial: ``family.op-case-dtype``, with the input family after the case."""
        kinds = {Refusal: "refuses ", Misprint: "refuses misprint "}
        what = ("cost of " if self._of_cost else kinds.get(type(self.case), "")) + self.case.name
        parts = [self.row.name, ".".join(filter(None, (what, self.family, self.variant))), self.dtype]
        return "-".join(parts)

    @property
    def command(self) -> str:
        """The command that repeats the row's checks at this precision and seed."""
        device = f" --device {self.device}" if self.device != "cpu" else ""
        return f"python -m gradtwin verify {self.row.name} --dtype {self.dtype}{device} --seed {self.seed}"

    def run(self) -> Report:
        """Judge it."""
        if isinstance(self.case, Refusal):
            assert not isinstance(self.row, Training)
            findings = refusal_findings(self.row, self.case, self.draw())
            return Report(self.id, findings, Tally(checks=1), command=self.command)
        if isinstance(self.case, Misprint):
            assert isinstance(self.row, Op)
            return self._misprint(self.row, self.case)
        if isinstance(self.row, Op):
            return self._op(self.row, self.case)
        if isinstance(self.row, Model):
            return self._model(self.row, self.case)
        if isinstance(self.row, Scheduler):
            return self._scheduler(self.row, self.case)
        if isinstance(self.row, Optimizer):
            return self._optimizer(self.row, self.case)
        return self._training(self.row, self.case)

    @property
    def _of_cost(self) -> bool:
        return isinstance(self.row, Model) and any(self.case is case for case in self.row.costs)

    def draw(self) -> Draw:
        """Return the source of the inputs of this trial."""
        kinks = self.row.kinks if isinstance(self.row, Op) else ()
        rng = np.random.default_rng(seed_from(self.id, self.seed))
        return Draw(rng, self.family or "typical", self.dtype, kinks)

    def _common(self) -> dict[str, Any]:
        where = {"dtypes": (self.dtype,), "device": self.device, "seed": self.seed}
        return {**where, "name": self.id, "command": self.command}

    def _op(self, row: Op, case: Case) -> Report:
        forward, backward = self._sides(row)
        return check(forward, backward, margin=_margin(row), **self._arguments(row, case), **self._common())

    def _misprint(self, row: Op, misprint: Misprint) -> Report:
        """Judge a formula that must be refused: the pair fails unless it is, and in the right place."""
        report = check(
            load(row.suspect, misprint.forward, row.name, "suspect"),
            load(row.suspect, misprint.backward, row.name, "suspect") if row.gradient else None,
            **self._arguments(row, row.cases[0]),
            **self._common(),
        )
        place = report.findings[0].quantity if report.findings else "nothing"
        if (report.verdict, place) == (misprint.verdict, misprint.quantity):
            refused = replace(report.findings[0], context=misprint.name)
            return Report(self.id, tally=Tally(checks=1, controls=1), command=self.command, refused=(refused,))
        expected = f"{misprint.verdict} of {misprint.quantity}"
        message = f"is wrong and must be refused as {expected}; the verdict is {report.verdict}, of {place}"
        return Report(self.id, (Finding("mismatch", misprint.quantity, message),), command=self.command)

    def _model(self, row: Model, case: Case) -> Report:
        twin = load(row.twin, None, row.name, "twin")
        inputs = (case.inputs or row.inputs)(self.draw())
        if self._of_cost:
            ours, theirs = (
                load(row.suspect, "value_and_grad", row.name, "suspect"),
                load(row.twin, "loss", row.name, "twin"),
            )
            return check_cost(ours, twin=theirs, inputs=tuple(inputs), options=case.options, **self._common())
        return check_model(
            load(row.suspect, None, row.name, "suspect"),
            twin=twin,
            inputs=inputs,
            options=case.options,
            margin=_margin(row),
            **self._common(),
        )

    def subject(self, row: Op, case: Case) -> Subject:
        """Return what is judged, for those who want to look at it."""
        forward, backward = self._sides(row)
        given = self._arguments(row, case)
        manner = Manner(tuple(row.kinks), given["exact"], given["signed_zeros"])
        problem = Problem(forward, backward, given["twin"], given["inputs"], case.options, case.differentiable, manner)
        return problem.subject(self.dtype, Conditions((self.dtype,), self.device, self.seed, self.id))

    def _sides(self, row: Op) -> tuple[Any, Any]:
        return (
            load(row.suspect, "forward", row.name, "suspect"),
            load(row.suspect, "backward", row.name, "suspect") if row.gradient else None,
        )

    def _arguments(self, row: Op, case: Case) -> dict[str, Any]:
        return {
            "twin": load(row.twin, "forward", row.name, "twin"),
            "inputs": (case.inputs or row.inputs)(self.draw()),
            "options": case.options,
            "differentiable": case.differentiable,
            "kinks": row.kinks,
            "exact": self.family == "kinks",
            "signed_zeros": self.family not in SIGNLESS,
        }

    def _optimizer(self, row: Optimizer, case: Case) -> Report:
        for function in ("init", "step"):
            load(row.suspect, function, row.name, "suspect")
        optimizer = load(row.suspect, None, row.name, "suspect")
        twin = load(row.twin, "optimizer", row.name, "twin")
        if self.family in row.problems:
            problem = self.problem(row)
            return check_training(
                optimizer=optimizer, twin_optimizer=twin, options=case.options, **problem, **self._common()
            )
        return check_optimizer(
            optimizer,
            twin=twin,
            options=case.options,
            own_options=case.own_options,
            shapes=row.shapes or (None if self.family == "typical" and case is row.cases[0] else FEW),
            gradients=self.family,
            variant=self.variant,
            steps=self._most(row),
            **self._common(),
        )

    def _most(self, row: Optimizer) -> int:
        return row.steps if self.steps is None else min(row.steps, self.steps)

    def problem(self, row: Optimizer) -> dict[str, Any]:
        """Return the loss that an optimizer is judged on, with its gradient, parameters and batches."""
        module, _, function = row.problems[self.family].partition(":")
        found: dict[str, Any] = load(module, function, row.name, "problem")(self.seed)
        return {**found, "batches": found["batches"][: self._most(row)]}

    def _training(self, row: Training, case: Case) -> Report:
        module, _, function = row.setup.partition(":")
        setup = load(module, function, row.name, "setup")(self.seed)
        return check_training(
            load(row.suspect, "value_and_grad", row.name, "suspect"),
            load(row.optimizer, None, row.name, "optimizer"),
            twin=load(row.twin, "loss", row.name, "twin"),
            twin_optimizer=load(row.twin_optimizer, "optimizer", row.name, "twin optimizer"),
            options=case.options,
            **self._schedulers(row),
            **{**setup, "batches": setup["batches"][: self.steps]},
            **self._common(),
        )

    def _schedulers(self, row: Training) -> dict[str, Any]:
        if row.scheduler is None or row.twin_scheduler is None:
            return {}
        return {
            "scheduler": load(row.scheduler, None, row.name, "scheduler"),
            "twin_scheduler": load(row.twin_scheduler, "scheduler", row.name, "twin scheduler"),
            "scheduler_options": row.scheduler_options,
        }

    def _scheduler(self, row: Scheduler, case: Case) -> Report:
        return check_scheduler(
            load(row.suspect, None, row.name, "suspect"),
            twin=load(row.twin, "scheduler", row.name, "twin"),
            options=case.options,
            metrics=row.metrics,
            steps=row.steps,
            seed=self.seed,
            name=self.id,
            command=self.command,
        )


def _margin(row: Op | Model) -> Any:
    return load(row.twin, "margin", row.name, "twin") if row.margin else None


def trials(
    row: Row, dtypes: Sequence[str], device: str = "cpu", seed: int = 0, steps: int | None = None
) -> Iterator[Trial]:
    """Yield every trial of a row: cases by families by precisions; refusals and misprints at the first precision."""
    for dtype in dtypes:
        if isinstance(row, Scheduler) and dtype != "float64":
            continue  # a learning rate is a Python float
        for case in (*row.cases, *(row.costs if isinstance(row, Model) else ())):
            for family in case.families if isinstance(row, (Model, Op, Optimizer)) else ("",):
                yield Trial(row, case, family, dtype, device, seed, steps)
            for variant in case.variants:
                if variant in CUDA_ONLY and device == "cpu":
                    continue
                yield Trial(row, case, "typical", dtype, device, seed, steps, variant)
    if not isinstance(row, Training):
        for refusal in row.refusals:
            yield Trial(row, refusal, "", dtypes[0], device, seed)
    if isinstance(row, Op):
        for misprint in row.misprints:
            yield Trial(row, misprint, "", dtypes[0], device, seed)
