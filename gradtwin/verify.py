"""Judging the rows of a project: every case, family and precision through `check` and its two siblings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradtwin.families import Draw
from gradtwin.op import check, prepare, seed_from
from gradtwin.report import Finding, Report, Tally
from gradtwin.rows import Case, Op, Optimizer, Refusal, Row, Training, load
from gradtwin.subject import Subject
from gradtwin.training import check_optimizer, check_training

__all__ = ["Trial", "trials"]

SIGNLESS = ("empty", "tiny")
"""Families whose zeros have no sign to keep: the sum of nothing, and sums that underflow, each in its own order."""


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
        Input family; empty where it does not apply.
    dtype : str
        Precision under test.
    device : str
        Where the twin runs at that precision.
    seed : int
        The user's seed.
    steps : int, optional
        Stop a training run after that many steps.
    """

    row: Row
    case: Case | Refusal
    family: str
    dtype: str
    device: str = "cpu"
    seed: int = 0
    steps: int | None = None

    @property
    def id(self) -> str:
        """The name of the trial: ``family.op-case-dtype``, with the input family after the case."""
        what = f"refuses {self.case.name}" if isinstance(self.case, Refusal) else self.case.name
        parts = [self.row.name, f"{what}.{self.family}" if self.family else what, self.dtype]
        return "-".join(parts)

    @property
    def command(self) -> str:
        """The command that repeats the row's checks at this precision and seed."""
        device = f" --device {self.device}" if self.device != "cpu" else ""
        return f"python -m gradtwin verify {self.row.name} --dtype {self.dtype}{device} --seed {self.seed}"

    def run(self) -> Report:
        """Judge it."""
        if isinstance(self.case, Refusal):
            return self._refusal(self.case)
        if isinstance(self.row, Op):
            return self._op(self.row, self.case)
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
            load(row.suspect, "backward", row.name, "suspect"),
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
        return check_optimizer(
            load(row.suspect, None, row.name, "suspect"),
            twin=load(row.twin, "optimizer", row.name, "twin"),
            options=case.options,
            steps=row.steps,
            **self._common(),
        )

    def _training(self, row: Training, case: Case) -> Report:
        module, _, function = row.setup.partition(":")
        setup = load(module, function, row.name, "setup")(self.seed)
        return check_training(
            load(row.suspect, "value_and_grad", row.name, "suspect"),
            load(row.optimizer, None, row.name, "optimizer"),
            twin=load(row.twin, "loss", row.name, "twin"),
            twin_optimizer=load(row.twin_optimizer, "optimizer", row.name, "twin optimizer"),
            options=case.options,
            **{**setup, "batches": setup["batches"][: self.steps]},
            **self._common(),
        )

    def _refusal(self, refusal: Refusal) -> Report:
        """Check that the twin refuses the call, and the suspect too, with a ValueError or a TypeError."""
        row = self.row
        assert not isinstance(row, Training)
        arrays: Sequence[Any] | Mapping[str, Any] = ()
        if isinstance(row, Op):
            arrays = (refusal.inputs or row.inputs)(self.draw())
            ours = load(row.suspect, "forward", row.name, "suspect")
            theirs = load(row.twin, "forward", row.name, "twin")
        else:
            arrays = (np.ones(3, self.dtype), np.ones(3, self.dtype))
            module = load(row.suspect, None, row.name, "suspect")
            optimizer = load(row.twin, "optimizer", row.name, "twin")

            def ours(param: Any, grad: Any, **options: Any) -> Any:
                return module.step(param, grad, module.init(param, **options), **options)

            def theirs(param: Any, grad: Any, **options: Any) -> Any:
                return optimizer([param], **options)

        named = arrays if isinstance(arrays, Mapping) else {}
        positional = () if named else tuple(arrays)
        findings = []
        try:
            theirs(*map(_tensor, positional), **{k: _tensor(v) for k, v in {**named, **refusal.options}.items()})
        except Exception:  # torch refuses with many types
            pass
        else:
            findings.append(Finding("mismatch", "refusal", "the twin accepts what the row says it refuses"))
        try:
            ours(*positional, **named, **refusal.options)
        except (ValueError, TypeError):
            pass
        except Exception as error:  # anything else is no clear refusal
            message = f"refused with {type(error).__name__} where a ValueError or a TypeError is expected: {error}"
            findings.append(Finding("mismatch", "refusal", message))
        else:
            findings.append(Finding("mismatch", "refusal", "the suspect accepts what it should refuse"))
        return Report(self.id, tuple(findings), Tally(checks=1), command=self.command)


def _tensor(x: Any) -> Any:
    return torch.from_numpy(np.array(x)) if isinstance(x, np.ndarray) else x


def trials(
    row: Row, dtypes: Sequence[str], device: str = "cpu", seed: int = 0, steps: int | None = None
) -> Iterator[Trial]:
    """Yield every trial of a row: cases by families by precisions, and the refusals at the first precision."""
    for dtype in dtypes:
        for case in row.cases:
            for family in case.families if isinstance(row, Op) else ("",):
                yield Trial(row, case, family, dtype, device, seed, steps)
    if not isinstance(row, Training):
        for refusal in row.refusals:
            yield Trial(row, refusal, "", dtypes[0], device, seed)
