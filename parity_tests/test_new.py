"""`scripts/new`, in a copy of the tree: what it writes is right from the start, and what exists stays as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parity_tests.house import ROOT, docstrings
from scripts.measure import new
from scripts.measure.templates import TEMPLATES

NAMES = {
    "activations.nothing": "op",
    "training.nothing": "map",
    "linear_models.nothing": "model",
    "optimizers.nothing": "optimizer",
    "schedulers.nothing": "scheduler",
}
"""A new algorithm of each form."""
NOT_SOURCE = (".git", ".venv", "__pycache__", "build", "*.egg-info", ".*_cache", ".hypothesis")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree."""
    at = tmp_path_factory.mktemp("new") / "tree"
    shutil.copytree(ROOT, at, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    return at


def _succeed(tree: Path, *command: str) -> str:
    done = subprocess.run([sys.executable, *command], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _texts(tree: Path) -> dict[str, str]:
    return {str(p): p.read_text(encoding="utf-8") for p in tree.rglob("*.py")}


@pytest.mark.parametrize("form", TEMPLATES)
def test_a_template_has_the_form_of_a_docstring(form: str) -> None:
    assert docstrings.disorder(TEMPLATES[form].ours) == []
    assert set(NAMES.values()) == set(TEMPLATES)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("activations.relu", "Expected NAME to be a new algorithm; got activations.relu, which stands in scratch/act"),
        ("activation.swish", "Expected FAMILY to be one of 17 known names; got 'activation'. Nearest: activations"),
        ("swish", "Expected NAME to be FAMILY.NAME, in small letters; got 'swish'."),
        ("activations.", "Expected NAME to be FAMILY.NAME, in small letters; got 'activations.'."),
        ("activations.Swish", "Expected NAME to be FAMILY.NAME, in small letters; got 'activations.Swish'."),
        ("activations.re.lu", "Expected NAME to be FAMILY.NAME, in small letters; got 'activations.re.lu'."),
    ],
)
def test_what_cannot_be_new_is_refused(name: str, said: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _texts(tree)
    assert new.main([name], tree) == 2
    assert f"new: {said}" in capsys.readouterr().err
    assert _texts(tree) == before


def test_nothing_is_half_written(tree: Path) -> None:
    twin = tree / "reference" / "losses" / "halved.py"
    twin.write_text("", encoding="utf-8")
    before = _texts(tree)
    assert new.main(["losses.halved"], tree) == 2
    assert _texts(tree) == before
    twin.unlink()


@pytest.mark.parametrize("failing", ["", "verify"])
def test_what_is_written_is_tried(
    failing: str, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[str] = []

    def run(command: Any, **_: Any) -> Any:
        commands.append(" ".join(command[1:]))
        return subprocess.CompletedProcess(command, int(bool(failing) and failing in command))

    shutil.copytree(tree, tmp_path / "tree")
    monkeypatch.setattr(subprocess, "run", run)
    assert new.main(["losses.tried"], tmp_path / "tree") == int(bool(failing))
    assert [command.partition(" losses.tried")[0] for command in commands[2:]] == [
        "-m pytest -q -p no:cacheprovider scratch/losses/tried.py",
        "-m pytest -q -p no:cacheprovider parity_tests/house -k",
        "-m gradtwin verify",
        "-m scripts.measure.mutate",
    ]
    assert "Still to be done:\n  scratch/losses/tried.py: source, formula" in capsys.readouterr().out


@pytest.mark.slow
def test_every_form_is_right_from_the_start(tree: Path) -> None:
    for name in NAMES:
        new.write(name, tree)
    _succeed(tree, "-m", "ruff", "check")
    _succeed(tree, "-m", "ruff", "format", "--check")
    laws = ("test_forms", "test_rows", "test_docstrings")
    files = [f"parity_tests/house/{law}.py" for law in laws] + [f"scratch/{n.replace('.', '/')}.py" for n in NAMES]
    tests = ("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *files, "-k", "nothing or every_algorithm")
    assert "passed" in _succeed(tree, *tests)
    assert "5 of 5 pairs match" in _succeed(tree, "-m", "gradtwin", "verify", *NAMES)
    changed = [name for name, form in NAMES.items() if form not in ("optimizer", "scheduler")]
    assert "10 changes, 10 caught" in _succeed(tree, "-m", "scripts.measure.mutate", *changed)
