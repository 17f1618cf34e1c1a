"""Rows of a project: where their modules stand, and a kind of row that is added."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report, Tally
from gradtwin.face import cli
from gradtwin.project import kinds
from gradtwin.project.case import Case, Refusal
from gradtwin.project.packages import Packages
from gradtwin.project.trials import Row, Trial
from gradtwin.rows import Op, Training
from parity_tests.commands import ROOT, run, write

SETTINGS = '[tool.gradtwin]\npairs = "rows"\nsuspects = "by_hand"\ntwins = "by_torch"\n'
CUBE = "def forward(x):\n    return x * x * x\n\n\ndef backward(grad, x):\n    return 3 * grad * x * x\n"
ROWS = """
from gradtwin.rows import Case, Op

PAIRS = [Op("powers.cube", inputs=lambda draw: (draw((4, 3)),), cases=[Case("default")])]
"""
PACKAGES = Packages("ours", "theirs")
OP = Op("powers.cube", inputs=lambda draw: (draw((4,)),), cases=[Case("default")])
MODEL = "ours.models.cube theirs.models.cube"
RUN = Training("training.cube", ".models.cube", optimizer=".sgd", setup="rows:setup", cases=[Case("default")])


def test_modules_follow_from_the_names_of_rows(tmp_path: Path) -> None:
    project = {"by_hand/powers/cube.py": CUBE, "by_torch/powers/cube.py": CUBE.partition("\n\n")[0]}
    folder = write(tmp_path, {"pyproject.toml": SETTINGS, "rows.py": ROWS, **project})
    done = run("-m", "gradtwin", "verify", "--dtype", "float64", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 1 pairs match" in done.stdout
    write(tmp_path, {"by_hand/powers/cube.py": CUBE.replace("3 * grad", "2 * grad")})
    assert run("-m", "gradtwin", "verify", cwd=folder).returncode == 1


@pytest.mark.parametrize(
    ("row", "modules"),
    [
        (OP, "ours.powers.cube theirs.powers.cube"),
        (replace(OP, suspect="mine"), "mine theirs.powers.cube"),
        (replace(OP, twin="torch.nn"), "ours.powers.cube torch.nn"),
        (replace(OP, suspect=".square"), "ours.square theirs.square"),
        (RUN, f"{MODEL} ours.sgd theirs.sgd"),
        (replace(RUN, scheduler=".step"), f"{MODEL} ours.sgd theirs.sgd ours.step theirs.step"),
        (replace(RUN, optimizer="mine", twin_optimizer=".sgd"), f"{MODEL} mine theirs.sgd"),
    ],
)
def test_a_row_names_what_does_not_follow(row: Row, modules: str) -> None:
    complete = PACKAGES.complete(row)
    names = [getattr(complete, field) for field in itertools.chain(*row.sides)]
    assert " ".join(filter(None, names)) == modules
    assert PACKAGES.complete(complete) == complete


@pytest.mark.parametrize(
    ("row", "packages", "parts"),
    [
        (OP, Packages(), ["'powers.cube'", "suspect", 'suspects = "package"', 'twins = "package"']),
        (OP, Packages("ours"), ["'powers.cube'", "twin", 'suspects = "package"', 'twins = "package"']),
        (replace(RUN, optimizer="mine"), PACKAGES, ["'training.cube'", "twin_optimizer", "'mine'"]),
        (replace(RUN, twin_scheduler="theirs.step"), PACKAGES, ["'training.cube'", "scheduler", "'theirs.step'"]),
    ],
)
def test_a_module_that_does_not_follow_is_asked_for(row: Row, packages: Packages, parts: list[str]) -> None:
    with pytest.raises(UsageError, match=r"^Expected row ") as caught:
        packages.complete(row)
    assert [part for part in parts if part not in str(caught.value)] == []


@dataclass(frozen=True)
class Nothing:
    """A kind of row that nobody outside of this file knows."""

    kind: ClassVar[str] = "nothing"
    sides: ClassVar[tuple[tuple[str, str], ...]] = (("suspect", "twin"),)
    takes_long: ClassVar[bool] = False

    name: str
    suspect: str = ""
    twin: str = ""
    _: KW_ONLY
    cases: Sequence[Case] = (Case("only"),)
    tags: Sequence[str] = ()

    def trials(self, conditions: Conditions, steps: int | None = None) -> Iterator[Trial]:
        for at_precision in conditions.by_precision():
            yield Trial(self, self.cases[0], "only", at_precision)

    def judge(self, trial: Trial, case: Case) -> Report:
        return Report(trial.id, tally=Tally(checks=1), command=trial.command)

    def refuse(self, trial: Trial, refusal: Refusal) -> Report:
        raise AssertionError("A row without refusals has none to judge.")

    def numbers(self, trial: Trial, case: Case) -> Iterator[str]:
        yield "no numbers"

    def summary(self, reports: Sequence[Report]) -> Iterator[str]:
        yield f"nothing was tried {len(reports)} times"


def test_a_new_kind_needs_no_more_than_its_registration(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Nothing("family.name", "scratch.activations.relu", "reference.activations.relu")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("parity_tests.pairs.PAIRS", [row])
    assert cli.main(["list"]) == 2
    assert "rows (Op, Model, Optimizer, Scheduler, Training); got Nothing(" in capsys.readouterr().err
    monkeypatch.setattr(kinds, "KINDS", (*kinds.KINDS, Nothing))
    printed: dict[str, Any] = {}
    for command in ("list", "verify", "show family.name"):
        assert cli.main(command.split()) == 0
        printed[command.split()[0]] = capsys.readouterr().out
    assert printed["list"].split()[:3] == ["family.name", "nothing", "1"]
    assert "nothing was tried 2 times" in printed["verify"]
    assert "no numbers" in printed["show"]
