"""The laws over imports and public names, held over the whole project, and over a planted violation of each."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Callable

import pytest

import gradtwin
from parity_tests.house import OURS, SOURCES, broken, imports, read

MAY_KNOW = {"gradtwin": {"gradtwin", "torch"}, "scratch": {"scratch"}, "reference": {"reference", "torch"}}
ORACLE = [path for path in SOURCES if path.startswith("gradtwin/")]


@pytest.mark.parametrize("package", MAY_KNOW)
def test_arrows_run_one_way(package: str) -> None:
    """The oracle, the library and the twins know nothing of each other, and the library nothing of torch."""
    forbidden = {*OURS, "torch"} - MAY_KNOW[package]
    inside = [path for path in SOURCES if path.startswith(f"{package}/")]
    assert broken(lambda text: imports.outsiders(text, forbidden), inside) == []


@pytest.mark.parametrize("room", imports.WALLS)
def test_a_room_knows_only_those_that_it_stands_on(room: str) -> None:
    inside = [path for path in ORACLE if imports.room_of(path.removesuffix(".py").replace("/", ".")) == room]
    assert inside
    assert broken(lambda text: imports.through_walls(text, room), inside) == []


def test_every_name_that_others_import_is_listed() -> None:
    assert broken(imports.unlisted, SOURCES) == []


def test_what_is_public_completes() -> None:
    assert dir(gradtwin) == sorted(gradtwin.__all__)
    assert [name for name in gradtwin.__all__ if getattr(gradtwin, name, None) is None] == []


def test_every_extra_serves_the_oracle() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = {re.split(r"[<>=!~\[; ]", p)[0] for group in project["optional-dependencies"].values() for p in group}
    modules = {name.split(".")[0] for path in ORACLE for name in imports.imported(read(path))}
    packages = importlib.metadata.packages_distributions()
    assert extras - {package for module in modules for package in packages.get(module, ())} == set()


def _outsiders(text: str) -> list[str]:
    return imports.outsiders(text, {"scratch", "torch"})


def _core(text: str) -> list[str]:
    return imports.through_walls(text, "core")


def _forms(text: str) -> list[str]:
    return imports.through_walls(text, "forms")


def _ops(text: str) -> list[str]:
    return imports.through_walls(text, "ops")


def _project(text: str) -> list[str]:
    return imports.through_walls(text, "project")


@pytest.mark.parametrize(
    ("law", "kept", "violation"),
    [
        (_outsiders, "import numpy", "import torch"),
        (_outsiders, "from scratchpad import x", "from scratch.losses import mse_loss"),
        (_outsiders, "import torchvision", "def f():\n    import torch.nn.functional as F"),
        (_outsiders, "import_module(name)", "importlib.import_module('scratch.losses')"),
        (_core, "from gradtwin.core.bound import K", "from gradtwin.ops.check import check"),
        (_core, "import numpy", "from gradtwin import check"),
        (_core, "from numpy import array", "if TYPE_CHECKING:\n    from gradtwin.rows import Op"),
        (_core, "import gradtwinned", "from ..ops import check"),
        (_forms, "from gradtwin.core.call import enter", "from gradtwin.ops.subject import Subject"),
        (_ops, "from gradtwin.forms.tensors import is_tensor", "import gradtwin.face.cli"),
        (_ops, "from gradtwin.core import bound", "from gradtwin.training import step"),
        (_ops, "from gradtwin.ops.judge import judge", "import gradtwin.project.case"),
        (_project, "from gradtwin.training.check import check_training", "from gradtwin.face import table"),
        (imports.unlisted, "from gradtwin import check", "from gradtwin import MODULE_OF"),
        (imports.unlisted, "from gradtwin.core import bound", "from gradtwin.core.bound import np"),
        (
            imports.unlisted,
            "from gradtwin.core.bound import K",
            "def f():\n    from gradtwin.core.report import _plain",
        ),
        (imports.unlisted, "from scratch import _windows", "from scratch.activations.gelu import _share"),
        (imports.unlisted, "from numpy import _core", "from parity_tests.house import _texts"),
    ],
)
def test_a_law_over_imports_can_fail(law: Callable[[str], list[str]], kept: str, violation: str) -> None:
    assert law(kept) == []
    assert law(violation) != []
