"""Judging the rows of a project: every case, family and precision through `check` and its two siblings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradtwin.families import Draw
from gradtwin.method import CUDA_ONLY
from gradtwin.op import check, prepare, seed_from
from gradtwin.refusals import refusal_findings
from gradtwin.report import Report, Tally
from gradtwin.rows import Case, Op, Optimizer, Refusal, Row, Scheduler, Training, load
from gradtwin.schedule import check_scheduler
from gradtwin.subject import Subject
from gradtwin.training import check_optimizer, check_training

__all__ = ["Trial", "trials"]

SIGNLESS = ("empty", "tiny")
"""Families whose zeros have no sign to keep: the sum of nothing, and sums that underflow, each in its own order."""


FEW: Mapping[str, tuple[int, ...]] = {"weight": (3, 4), "scale": ()}
"""Parameters of most trials of an optimizer; its first case is tried on more ranks."""


@dataclass(frozen=True)
class Trial:
    """One check of a row: a case on a family at a precision, or a refusal.

    Parameters
    ----------
    row : Row
        The row.
    case : Case or Refusal
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
        Stop a training run after that many steps.
    variant : str
        The implementation of torch that an optimizer is judged against, if not the one that torch chooses.
    """

    row: Row
    case: Case | Refusal
    family: str
    dtype: str
    device: str = "cpu"
    seed: int = 0
    steps: int | None = None
    variant: str = ""

    @property
    def id(self) -> str:
        """The name of the trial: ``family.op-case-dtype``, with the input family after the case."""
        what = f"refuses {self.case.name}" if isinstance(self.case, Refusal) else self.case.name
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
        if isinstance(self.row, Op):
            return self._op(self.row, self.case)
        if isinstance(self.row, Scheduler):
            return self._scheduler(self.row, self.case)
        if isinstance(self.row, Optimizer):
            return self._optimizer(self.row, self.case)
        return self._training(self.row, self.case)

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
        return check(forward, backward, **self._arguments(row, case), **self._common())

    def subject(self, row: Op, case: Case) -> Subject:
        """Return what is judged, for those who want to look at it."""
        forward, backward = self._sides(row)
        return prepare(forward, backward, **self._arguments(row, case), dtype=self.dtype, seed=self.seed)

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
            steps=row.steps,
            **self._common(),
        )

    def problem(self, row: Optimizer) -> dict[str, Any]:
        """Return the loss that an optimizer is judged on, with its gradient, parameters and batches."""
        module, _, function = row.problems[self.family].partition(":")
        found: dict[str, Any] = load(module, function, row.name, "problem")(self.seed)
        return {**found, "batches": found["batches"][: row.steps]}

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


def trials(
    row: Row, dtypes: Sequence[str], device: str = "cpu", seed: int = 0, steps: int | None = None
) -> Iterator[Trial]:
    """Yield every trial of a row: cases by families by precisions, and the refusals at the first precision."""
    for dtype in dtypes:
        if isinstance(row, Scheduler) and dtype != "float64":
            continue  # a learning rate is a Python float
        for case in row.cases:
            for family in case.families if isinstance(row, (Op, Optimizer)) else ("",):
                yield Trial(row, case, family, dtype, device, seed, steps)
            for variant in case.variants:
                if variant in CUDA_ONLY and device == "cpu":
                    continue
                yield Trial(row, case, "typical", dtype, device, seed, steps, variant)
    if not isinstance(row, Training):
        for refusal in row.refusals:
            yield Trial(row, refusal, "", dtypes[0], device, seed)
