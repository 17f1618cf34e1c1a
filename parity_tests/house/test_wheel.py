"""The wheel holds the oracle alone, and works in a clean environment on somebody else's project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import numpy
import pytest
import scipy
import torch

import gradtwin

ROOT = Path(__file__).resolve().parents[2]
BIN = "Scripts" if os.name == "nt" else "bin"
PIP = (sys.executable, "-m", "pip", "--quiet")
ALONE = ("--no-deps", "--no-index")
NOT_SOURCE = (".git", ".venv", "__pycache__", "build", "*.egg-info", ".*_cache", ".hypothesis")

SETTINGS = '[project]\nname = "cubes"\nversion = "1.0"\n\n[tool.gradtwin]\npairs = "twins"\n'
BY_HAND = '''"""The cube, and its gradient by hand."""


def forward(input):
    return input * input * input


def backward(grad, input):
    return grad * 3 * input * input
'''
TWIN = '''"""The cube by PyTorch."""


def forward(input):
    return input**3
'''
ROWS = '''"""What is equal to what."""

from gradtwin.rows import Case, Op

PAIRS = [Op("powers.cube", "by_hand", "by_torch", inputs=lambda draw: (draw((4, 3)),), cases=[Case("default")])]
'''
OWN_TEST = '''"""Tests of their own."""

import by_hand
import by_torch
import numpy as np
import pytest


def test_cube(gradtwin):
    gradtwin.check(by_hand.forward, by_hand.backward, twin=by_torch.forward, inputs=[np.arange(1.0, 5.0)])


def test_half_a_cube(gradtwin):
    with pytest.raises(AssertionError, match="mismatch"):
        gradtwin.check(lambda input: input**3 / 2, twin=by_torch.forward, inputs=[np.arange(1.0, 5.0)])
'''


def _run(*command: object, at: Path) -> subprocess.CompletedProcess[str]:
    ours = ("PYTHON", "GRADTWIN", "PYTEST")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run([str(c) for c in command], cwd=at, env=environment, capture_output=True, text=True)


def _succeed(*command: object, at: Path) -> str:
    done = _run(*command, at=at)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build leaves folders behind that would get into the next one."""
    at = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, at / "source", ignore=shutil.ignore_patterns(*NOT_SOURCE))
    _succeed(*PIP, "wheel", *ALONE, "--no-build-isolation", "--wheel-dir", at, "./source", at=at)
    (found,) = at.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that holds the wheel and sees torch, NumPy and SciPy, but not the checkout."""
    at = tmp_path_factory.mktemp("clean")
    venv.create(at, with_pip=False)
    _succeed(*PIP, "--python", at / BIN / "python", "install", *ALONE, wheel, at=at)
    packages = _succeed(at / BIN / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", at=at)
    seen = {str(Path(str(package.__file__)).parents[1]) for package in (numpy, scipy, torch)}
    (Path(packages.strip()) / "seen.pth").write_text("\n".join(seen), encoding="utf-8")
    return at / BIN


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A small project of somebody else's."""
    texts = {
        "pyproject.toml": SETTINGS,
        "by_hand.py": BY_HAND,
        "by_torch.py": TWIN,
        "twins.py": ROWS,
        "test_own.py": OWN_TEST,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_wheel_holds_the_oracle_alone(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    information = f"gradtwin-{gradtwin.__version__}.dist-info"
    source = {p.relative_to(ROOT).as_posix() for p in (ROOT / "gradtwin").rglob("*.py")}
    held = {name for name in names if not name.startswith(f"{information}/")}
    assert held == {*source, "gradtwin/py.typed", "gradtwin/report.schema.json"}
    assert {f"{information}/{name}" for name in ("METADATA", "entry_points.txt", "licenses/LICENSE")} <= names


def test_the_installed_oracle_is_not_the_checkout(clean: Path, tmp_path: Path) -> None:
    find = "import importlib.util, sys; print(*(importlib.util.find_spec(name) for name in sys.argv[1:]), sep=chr(10))"
    oracle, *library = _succeed(
        clean / "python", "-c", find, "gradtwin", "scratch", "reference", at=tmp_path
    ).splitlines()
    assert str(clean.parent) in oracle
    assert library == ["None", "None"]


def test_a_foreign_project_is_judged(clean: Path, foreign: Path) -> None:
    assert "powers.cube" in _succeed(clean / "gradtwin", "list", at=foreign)
    assert "powers.cube" in _succeed(clean / "gradtwin", "verify", at=foreign)
    assert "2 passed" in _succeed(clean / "python", "-m", "pytest", at=foreign)


def test_every_form_is_judged_in_an_empty_folder_as_its_page_says(clean: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "forms", tmp_path / "forms")
    table = _succeed(clean / "python", "-W", "ignore", "forms/__main__.py", "--table", at=tmp_path)
    lines = [line.split(" | ") for line in table.splitlines()[2:]]
    assert len(lines) == len(list((tmp_path / "forms").glob("[a-z]*.py")))
    assert all(right.startswith("match") and not wrong.startswith("match") for _, right, wrong in lines)
    assert table in (ROOT / "docs" / "forms.md").read_text(encoding="utf-8")


def test_a_mistake_in_a_foreign_project_is_found(clean: Path, foreign: Path) -> None:
    (foreign / "by_hand.py").write_text(BY_HAND.replace("grad * 3", "grad * 2"), encoding="utf-8")
    done = _run(clean / "gradtwin", "verify", "powers.cube", at=foreign)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "mismatch" in done.stdout
