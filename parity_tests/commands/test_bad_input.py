"""Bad input: each is answered with one paragraph that says what was expected and what came, and with an exit code."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import ExtraMissingError, UsageError
from gradtwin.core.witness import certified_gradient
from gradtwin.face import cli
from parity_tests.commands import ROOT, run, write

IN_THIS_PROJECT = {
    "an unknown pair": (["verify", "activations.sigmiod"], 2, ["NAME", "'activations.sigmiod'", "activations.sigmoid"]),
    "an unknown family": (["verify", "loses"], 2, ["NAME", "'loses'", "losses"]),
    "an unknown pair to show": (["show", "activations.gleu"], 2, ["NAME", "'activations.gleu'", "activations.gelu"]),
    "an unknown dtype": (["verify", "--dtype", "float63"], 2, ["dtype", "'float63'", "float64, float32"]),
    "an unknown device": (["verify", "--device", "tpu"], 2, ["device", "'tpu'", "cpu, cuda"]),
    "an absent device": (["verify", "--device", "cuda:99"], 3, ["device", "'cuda:99'", "present on this machine"]),
    "a shard of 0": (["verify", "--shard", "0/3"], 2, ["--shard", "'0/3'", "1 <= I <= N"]),
    "a shard past the last": (["verify", "--shard", "4/3"], 2, ["--shard", "'4/3'", "1 <= I <= N"]),
    "a shard that is no fraction": (["verify", "--shard", "one"], 2, ["--shard", "'one'", "I/N"]),
    "an unknown dtype to show": (["show", "activations.gelu", "--dtype", "half"], 2, ["dtype", "'half'", "float64"]),
    "an absent device to show": (["show", "activations.gelu", "--device", "cuda:99"], 3, ["device", "'cuda:99'"]),
    "a row without a case at that precision": (
        ["show", "schedulers.step_lr", "--dtype", "float32"],
        5,
        ["row 'schedulers.step_lr'", "a case at float32", "got none"],
    ),
    "a negative seed": (["verify", "--seed", "-1"], 2, ["--seed", "-1", "0 or more"]),
    "a negative number of processes": (["verify", "--jobs", "-2"], 2, ["--jobs", "-2", "0 or more"]),
    "a seed of text": (["verify", "--seed", "one"], 2, ["--seed", "'one'", "0 or more"]),
    "a number of processes of text": (["verify", "--jobs", "all"], 2, ["--jobs", "'all'", "0 or more"]),
    "no command": ([], 2, ["COMMAND", "required"]),
    "an unknown command": (["verfy"], 2, ["COMMAND", "'verfy'", "Nearest: verify"]),
    "an unknown option": (["verify", "--dtpe", "float32"], 2, ["verify", "'--dtpe'", "--dtype"]),
    "an unknown option before the command": (["--sed", "verify"], 2, ["verify", "'--sed'", "--seed"]),
    "an option without a value": (["verify", "--device"], 2, ["--device", "expected one argument"]),
    "two forms of output": (["verify", "--json", "--jsonl"], 2, ["--jsonl", "not allowed with", "--json"]),
    "one name too many": (["show", "activations.elu", "activations.gelu"], 2, ["show", "'activations.gelu'"]),
    "an empty shard": (["verify", "models", "--shard", "9/9"], 5, ["--shard 9/9", "at least one pair", "got none"]),
}

PYPROJECT = '[tool.gradtwin]\npairs = "rows"\n'
PROJECT = {
    "pyproject.toml": PYPROJECT,
    "cube.py": "def forward(x):\n    return x * x * x\n\n\ndef backward(grad, x):\n    return 3 * grad * x * x\n",
    "broken.py": "def forward(x):\n    return x *\n",
    "no_backward.py": "def forward(x):\n    return x * x * x\n",
    "wrong.py": "def forward(x):\n    return x * x * x\n\n\ndef backward(grad, x):\n    return grad * x * x\n",
    "twin.py": "def forward(x):\n    return x * x * x\n",
    "other_twin.py": "def forward(x, power):\n    return x**power\n",
    "rows.py": """
from gradtwin.rows import Case, Op

def real(draw):
    return (draw(draw.batch(4)),)

def integers(draw):
    return (draw.index((4,), 9),)

def without_a_package(draw):
    from absent_package.data import load
    return load()

def raising(draw):
    return 1 / 0

PAIRS = (
    Op("good.cube", "cube", "twin", inputs=real, cases=[Case("default")]),
    Op("bad.twin", "cube", "other_twin", inputs=real, cases=[Case("default")]),
    Op("bad.backward", "no_backward", "twin", inputs=real, cases=[Case("default")]),
    Op("bad.inputs", "cube", "twin", inputs=integers, cases=[Case("default")]),
    Op("bad.module", "nowhere", "twin", inputs=real, cases=[Case("default")]),
    Op("bad.syntax", "broken", "twin", inputs=real, cases=[Case("default")]),
    Op("bad.package", "cube", "twin", inputs=without_a_package, cases=[Case("default")]),
    Op("bad.draw", "cube", "twin", inputs=raising, cases=[Case("default")]),
    Op("bad.gradient", "wrong", "twin", inputs=real, cases=[Case("default")]),
)
""",
}
VERIFY_EACH = """
import contextlib, io, json
from gradtwin.face import cli
from gradtwin.project.pairs import load_rows

answers = []
for row in load_rows():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["verify", row.name, "--dtype", "float64"])
    answers.append((row.name, code, out.getvalue(), err.getvalue()))
print(json.dumps(answers))
"""
IN_A_FOREIGN_PROJECT = {
    "bad.twin": ["twin other_twin.forward(x, power)", "got 1 input", "none for 'power'"],
    "bad.backward": ["suspect of row 'bad.backward'", "'no_backward'", "to have 'backward'", "it has forward"],
    "bad.inputs": ["at least one floating input", "a gradient is asked", "x: int64"],
    "bad.module": ["suspect of row 'bad.module'", "'nowhere'", "a module that imports"],
    "bad.syntax": ["suspect of row 'bad.syntax'", "'broken'", "a module that imports", "SyntaxError"],
    "bad.package": ["the package 'absent_package' to be installed for the inputs of row 'bad.package'"],
    "bad.draw": ["the inputs of row 'bad.draw'", "ZeroDivisionError: division by zero"],
}
NAMELESS = "from gradtwin.rows import Op\n\nPAIRS = [Op('powers.cube', inputs=None, cases=[])]\n"
BROKEN_PROJECTS = {
    "no pyproject": ({}, ["pyproject.toml", "[tool.gradtwin] pairs", "found none"]),
    "a pyproject without pairs": ({"pyproject.toml": "[project]\n"}, ["[tool.gradtwin] pairs", "found none"]),
    "a pyproject that is no TOML": ({"pyproject.toml": "[project\n"}, ["pyproject.toml", "valid TOML"]),
    "a pairs module that is missing": ({"pyproject.toml": PYPROJECT}, ["'rows'", "to import", "ModuleNotFoundError"]),
    "a pairs module that raises": (
        {"pyproject.toml": PYPROJECT, "rows.py": "1 / 0\n"},
        ["'rows'", "to import", "ZeroDivisionError: division by zero"],
    ),
    "a pairs module without PAIRS": ({"pyproject.toml": PYPROJECT, "rows.py": ""}, ["'rows'", "PAIRS", "NoneType"]),
    "PAIRS that holds no rows": (
        {"pyproject.toml": PYPROJECT, "rows.py": "PAIRS = [7]\n"},
        ["'rows'", "rows (Op, Model, Optimizer, Scheduler, Training)", "got 7"],
    ),
    "a package that is no name": (
        {"pyproject.toml": f"{PYPROJECT}suspects = 3\n", "rows.py": "PAIRS = []\n"},
        ["[tool.gradtwin] suspects", "the name of a package", "got 3"],
    ),
    "a row without modules": (
        {"pyproject.toml": PYPROJECT, "rows.py": NAMELESS},
        ["row 'powers.cube'", "suspect", 'suspects = "package"', 'twins = "package"'],
    ),
}


def _assert_one_paragraph(text: str, parts: list[str]) -> None:
    assert text.startswith("gradtwin: ")
    assert text.count("\n") == 1, text
    for part in parts:
        assert part in text


@pytest.mark.parametrize(("argv", "code", "parts"), IN_THIS_PROJECT.values(), ids=IN_THIS_PROJECT)
def test_bad_arguments_are_answered(
    argv: list[str], code: int, parts: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert cli.main(argv) == code
    out, err = capsys.readouterr()
    assert out == ""
    _assert_one_paragraph(err, parts)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, str]]:
    """Verify every row of the foreign project, in one process, and return code, stdout and stderr by row."""
    done = run("-c", VERIFY_EACH, cwd=write(tmp_path_factory.mktemp("foreign"), PROJECT))
    assert (done.returncode, done.stderr) == (0, "")
    return {name: (code, out, err) for name, code, out, err in json.loads(done.stdout)}


@pytest.mark.parametrize("name", IN_A_FOREIGN_PROJECT)
def test_rows_that_cannot_be_judged_are_answered(name: str, answers: dict[str, tuple[int, str, str]]) -> None:
    code, _, err = answers[name]
    assert code == 2
    _assert_one_paragraph(err, IN_A_FOREIGN_PROJECT[name])


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_rows_that_cannot_be_judged_hide_no_others(jobs: str, tmp_path: Path) -> None:
    folder = write(tmp_path, PROJECT)
    done = run("-m", "gradtwin", "verify", "--dtype", "float64", "--jobs", jobs, cwd=folder)
    assert done.returncode == 2
    table, _ = done.stdout.split("\n\n", 1)
    verdicts = {name: verdict for verdict, name, *_ in map(str.split, table.splitlines()[1:])}
    right_and_wrong = {"good.cube": "match", "bad.gradient": "mismatch"}
    assert verdicts == {**dict.fromkeys(IN_A_FOREIGN_PROJECT, "inconclusive"), **right_and_wrong}
    for line, parts in zip(done.stderr.splitlines(), IN_A_FOREIGN_PROJECT.values(), strict=True):
        _assert_one_paragraph(f"{line}\n", parts)


def test_the_right_row_of_the_same_project_matches(answers: dict[str, tuple[int, str, str]]) -> None:
    code, out, err = answers["good.cube"]
    assert (code, err) == (0, "")
    assert "1 of 1 pairs match" in out


@pytest.mark.parametrize(("files", "parts"), BROKEN_PROJECTS.values(), ids=BROKEN_PROJECTS)
def test_projects_that_cannot_be_read_are_answered(files: dict[str, str], parts: list[str], tmp_path: Path) -> None:
    done = run("-m", "gradtwin", "list", cwd=write(tmp_path, files))
    assert (done.returncode, done.stdout) == (2, "")
    _assert_one_paragraph(done.stderr, parts)


def test_integer_input_is_refused_where_its_gradient_is_asked() -> None:
    with pytest.raises(ValueError, match=r"input 'y', of which a gradient is asked, to be floating; got int64"):
        gradtwin.check(
            lambda x, y: x * y,
            lambda grad, x, y: (grad * y, grad * x),
            twin=lambda x, y: x * y,
            inputs=[np.ones(3), np.ones(3, np.int64)],
            differentiable=("x", "y"),
        )


def test_a_missing_extra_is_named_with_its_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(ExtraMissingError, match=r"python-flint.*pip install 'gradtwin\[witness\]'") as caught:
        certified_gradient(np.exp, [np.ones(1)], 0, [(0,)], np.ones(1))
    assert caught.value.exit_code == 2


def test_inputs_that_the_twin_refuses_are_named() -> None:
    def picky(input: torch.Tensor) -> torch.Tensor:
        return input + torch.ones(2)

    with pytest.raises(UsageError, match=r"Expected twin .*picky to accept the inputs; it raised RuntimeError: .*size"):
        gradtwin.check(np.negative, twin=picky, inputs=[np.ones(3)])
