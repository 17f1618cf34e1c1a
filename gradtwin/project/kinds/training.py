"""Rows of training runs on real data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from gradtwin.project.case import Case, Refusal
from gradtwin.project.modules import load, obtain
from gradtwin.project.trials import Trial

__all__ = ["Training"]


@dataclass(frozen=True)
class Training:
    """A training run on real data.

    Parameters
    ----------
    name : str
        ``family.run``, as the commands know it.
    suspect : str
        Module with ``value_and_grad(params, *batch)``. Here as below, a name that begins with a dot is that of a module
        in the package of the suspects or of the twins, as in ``.models.mlp``.
    twin : str
        Module with ``loss(params, *batch)``; by default of the suspect's name, if that begins with a dot.
    optimizer, twin_optimizer : str
        Modules of the two optimizers; the second by default of the first one's name, if that begins with a dot.
    setup : str
        ``module:function`` that returns the keyword arguments ``params``, ``batches`` and ``metric`` of
        `gradtwin.check_training`; takes the seed.
    cases : sequence of Case
        Options of the optimizers.
    scheduler, twin_scheduler : str
        Modules of the two schedulers, named as the optimizers are; none if empty.
    scheduler_options : mapping
        Options of the schedulers.
    tags : sequence of str
        Further names of the row.
    """

    kind: ClassVar[str] = "training"
    sides: ClassVar[tuple[tuple[str, str], ...]] = (
        ("suspect", "twin"),
        ("optimizer", "twin_optimizer"),
        ("scheduler", "twin_scheduler"),
    )
    takes_long: ClassVar[bool] = True

    name: str
    suspect: str = ""
    twin: str = ""
    _: KW_ONLY
    optimizer: str
    twin_optimizer: str = ""
    setup: str
    cases: Sequence[Case]
    scheduler: str = ""
    twin_scheduler: str = ""
    scheduler_options: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()

    def trials(self, conditions: Conditions, steps: int | None = None) -> Iterator[Trial]:
        """Yield cases by precisions."""
        for at_precision in conditions.by_precision():
            for case in self.cases:
                yield Trial(self, case, case.name, at_precision, steps=steps)

    def judge(self, trial: Trial, case: Case) -> Report:
        """Judge the run."""
        from gradtwin.training.check import check_training

        module, _, function = self.setup.partition(":")
        setup = obtain(load(module, function, self.name, "setup"), trial.conditions.seed, self.name, "setup")
        return check_training(
            load(self.suspect, "value_and_grad", self.name, "suspect"),
            load(self.optimizer, None, self.name, "optimizer"),
            twin=load(self.twin, "loss", self.name, "twin"),
            twin_optimizer=load(self.twin_optimizer, "optimizer", self.name, "twin optimizer"),
            options=case.options,
            **self._schedulers(),
            **{**setup, "batches": setup["batches"][: trial.steps]},
            **trial.keywords(),
        )

    def refuse(self, trial: Trial, refusal: Refusal) -> Report:
        """Raise: what a run is made of is refused by the rows of its parts."""
        raise UsageError(f"Expected a training run to have no refusals; got {refusal.name!r} of row {self.name!r}.")

    def numbers(self, trial: Trial, case: Case) -> Iterator[str]:
        """Yield what the run is trained on."""
        yield f"Trained on what {self.setup} returns; `{trial.command}` judges it."

    def summary(self, reports: Sequence[Report]) -> Iterator[str]:
        """Yield how far each free run is proved, and its figures of merit at the end."""
        tally = Report.joined("", reports).tally
        for run, horizon in tally.horizons.items():
            reach = "to its last step" if horizon is None else f"up to step {horizon}, from which on it proves nothing"
            line = f"training: {self.name} {run}: the free run is proved {reach}"
            for metric, (ours, theirs) in tally.metrics.items():
                if metric.startswith(run):
                    line += f"; {metric.removeprefix(run).strip()}: suspect {ours:.6g}, twin {theirs:.6g}, "
                    line += _agreement(ours, theirs)
            yield line

    def _schedulers(self) -> dict[str, Any]:
        if not self.scheduler:
            return {}
        return {
            "scheduler": load(self.scheduler, None, self.name, "scheduler"),
            "twin_scheduler": load(self.twin_scheduler, "scheduler", self.name, "twin scheduler"),
            "scheduler_options": self.scheduler_options,
        }


def _agreement(ours: float, theirs: float) -> str:
    if ours == theirs:
        return "the same number"
    # float64 holds 15 decimal digits for certain, and no more.
    digits = 0
    while digits < 15 and f"{ours:.{digits}e}" == f"{theirs:.{digits}e}":
        digits += 1
    return f"the same in {digits} digits"
