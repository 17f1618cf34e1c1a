"""The pytest plugin: light to import, every check as an assertion, two options."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import DeviceMissingError, UsageError
from gradtwin.face.plugin import Judge
from parity_tests.commands import ROOT, run, write
from scratch.optimizers import sgd
from scratch.schedulers import exponential_lr

INPUTS = [np.linspace(-1.0, 1.0, 7)]
FOREIGN = """
import numpy as np
import pytest

INPUTS = [np.linspace(-1.0, 1.0, 7)]

def square(x):
    return x * x

def test_right(gradtwin):
    report = gradtwin.check(square, lambda grad, x: 2 * grad * x, twin=square, inputs=INPUTS)
    assert report.ok

def test_wrong(gradtwin):
    gradtwin.check(square, lambda grad, x: 3 * grad * x, twin=square, inputs=INPUTS)

def test_options(gradtwin):
    assert (gradtwin.device, gradtwin.seed) == ("cuda:99", 7)
"""
CUDA = "import torch\ntorch.cuda.is_available, torch.cuda.device_count = (lambda: True), (lambda: 100)\n"
"""A `conftest.py` that claims a hundred devices."""
LISTING = """
import sys

def pytest_sessionfinish():
    print("imported:", sorted({"numpy", "scipy", "torch"} & set(sys.modules)))
"""
FAILING = """
import gradtwin as oracle

def square(x):
    return x * x

def test_function():
    oracle.assert_match(square, lambda grad, x: 3 * grad * x, twin=square, inputs=[[1.0, 2.0]])  # of the user

def test_report():
    oracle.assert_match(oracle.check(square, lambda grad, x: 3 * grad * x, twin=square, inputs=[[1.0, 2.0]]))

def test_fixture(gradtwin):
    gradtwin.check(square, lambda grad, x: 3 * grad * x, twin=square, inputs=[[1.0, 2.0]])

def test_assert_match_of_the_fixture(gradtwin):
    gradtwin.assert_match(square, lambda grad, x: 3 * grad * x, twin=square, inputs=[[1.0, 2.0]])
"""


def _square(x: Any) -> Any:
    return x * x


def _slope(grad: Any, x: Any) -> Any:
    return 2 * grad * x


def _loss(params: Any, x: Any) -> Any:
    return ((params[0] * x) ** 2).sum()


def _value_and_grad(params: Any, x: Any) -> Any:
    return _loss(params, x), [2 * params[0] * x * x]


class _Fitted(NamedTuple):
    total: Any


def _fit(x: Any) -> Any:
    return _Fitted((x * x).sum())


def _predict(fitted: _Fitted, x: Any) -> Any:
    return fitted.total * x


def _cubes(x: Any) -> Any:
    return x**3


TWIN = SimpleNamespace(fit=_fit, predict=_predict)
CHECKS: dict[str, Any] = {
    "check": ((_square, _slope), {"twin": _square, "inputs": INPUTS, "dtypes": ("float64", "float32")}),
    "check_estimator": ((SimpleNamespace(fit=_fit, predict=_predict),), {"twin": TWIN, "inputs": [*INPUTS, *INPUTS]}),
    "check_optimizer": ((sgd,), {"twin": torch.optim.SGD, "steps": 3}),
    "check_scheduler": ((exponential_lr,), {"twin": torch.optim.lr_scheduler.ExponentialLR, "options": {"gamma": 0.5}}),
    "check_second_order": ((_cubes,), {"twin": _cubes, "inputs": INPUTS}),
    "check_training": (
        (_value_and_grad, sgd),
        {
            "twin": _loss,
            "twin_optimizer": torch.optim.SGD,
            "params": {"weight": np.linspace(1.0, 2.0, 7)},
            "batches": [INPUTS] * 3,
        },
    ),
}


def test_the_fixture_has_every_check() -> None:
    public = {name for name in gradtwin.__all__ if name.startswith(("assert", "check"))}
    assert public == {name for name in vars(Judge) if name.startswith(("assert", "check"))}
    assert public == {*CHECKS, "assert_close", "assert_match"}


def test_the_fixture_asserts_a_result() -> None:
    x = np.linspace(1.0, 2.0, 7)
    Judge("cpu", 0).assert_close(np.square(x), torch.square, [x])
    with pytest.raises(AssertionError, match="differs from the reference"):
        Judge("cpu", 0).assert_close(np.square(x) + 1, torch.square, [x])


@pytest.mark.parametrize("check", CHECKS)
def test_a_match_returns_its_report(check: str) -> None:
    args, kwargs = CHECKS[check]
    report = getattr(Judge("cpu", 0), check)(*args, **kwargs)
    assert report.ok
    assert report.tally.controls
    assert Judge("cpu", 0).assert_match(report) is report


@pytest.mark.parametrize("check", CHECKS)
def test_anything_else_raises_with_the_report(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    args, kwargs = CHECKS[check]
    right: Any = sgd.step
    monkeypatch.setattr(sgd, "step", lambda p, g, state, **options: right(p, 2 * g, state, **options))
    monkeypatch.setattr(exponential_lr, "lr", lambda step, *, base_lr, gamma: base_lr / gamma**step)
    wrong = {
        "check": (_square, lambda grad, x: grad * x),
        "check_estimator": (SimpleNamespace(fit=_fit, predict=lambda fitted, x: 2 * fitted.total * x),),
        "check_second_order": (lambda x: 2 * _cubes(x),),
    }.get(check, args)
    with pytest.raises(AssertionError, match=r"^mismatch .* checks") as caught:
        getattr(Judge("cpu", 0), check)(*wrong, **kwargs)
    assert "off by" in str(caught.value)
    report = getattr(gradtwin, check)(*wrong, **kwargs)
    with pytest.raises(AssertionError) as asserted:
        Judge("cpu", 0).assert_match(report)
    assert str(asserted.value) == str(report) == str(caught.value)


@pytest.mark.parametrize("check", [*CHECKS, "assert_match"])
def test_device_and_seed_are_defaults(check: str) -> None:
    args, kwargs = CHECKS.get(check, CHECKS["check"])
    elsewhere = getattr(Judge("cuda:99", 0), check)
    if check == "check_scheduler":  # which is on no device
        assert elsewhere(*args, **kwargs).ok
        return
    with pytest.raises(DeviceMissingError):
        elsewhere(*args, **kwargs)
    assert elsewhere(*args, **kwargs, device="cpu").ok


def test_a_misspelled_argument_is_seen() -> None:
    """By mypy as well, which says so of an ignored error that is none."""
    judge = Judge("cpu", 0)
    with pytest.raises(UsageError, match=r"'twn'.*twin"):
        judge.check(_square, twn=_square, inputs=INPUTS)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match=r"'twn'.*twin"):
        judge.assert_match(_square, twn=_square, inputs=INPUTS)  # type: ignore[call-overload]
    with pytest.raises(UsageError, match=r"'twn'.*twin"):
        gradtwin.assert_match(_square, twn=_square, inputs=INPUTS)  # type: ignore[call-overload]
    with pytest.raises(AttributeError, match="chekc"):
        gradtwin.chekc  # type: ignore[attr-defined]  # noqa: B018


def test_seed_reaches_the_check() -> None:
    args, kwargs = CHECKS["check"]
    worst = [Judge("cpu", seed).check(*args, **kwargs).tally for seed in (0, 0, 1)]
    assert worst[0] == worst[1] != worst[2]


def test_fixture_and_options_in_a_foreign_project(tmp_path: Path) -> None:
    source = FOREIGN.replace("inputs=INPUTS)", 'inputs=INPUTS, device="cpu")')
    folder = write(tmp_path, {"conftest.py": CUDA, "test_foreign.py": source})
    done = _pytest(folder, "--gradtwin-device", "cuda:99", "--gradtwin-seed", "7")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 2 passed" in done.stdout
    assert "FAILED test_foreign.py::test_wrong - AssertionError: mismatch" in done.stdout
    assert "mismatch: gradient of x" in done.stdout


def test_a_failing_assertion_shows_the_line_of_the_user_and_none_of_ours(tmp_path: Path) -> None:
    done = _pytest(write(tmp_path, {"test_failing.py": FAILING}), "-rN")  # a CI's summary repeats every message whole
    assert "4 failed" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("mismatch: gradient of x") == 4
    assert ">       oracle.assert_match(square, lambda grad, x: 3 * grad * x" in done.stdout
    ours = {line.strip() for path in (ROOT / "gradtwin").rglob("*.py") for line in path.read_text().splitlines()}
    shown = {line.lstrip("> E").strip() for line in done.stdout.splitlines()} - {""}
    assert shown & ours == set()
    assert not re.search(r"gradtwin/\w+/\w+\.py", done.stdout)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("device", "gpu", "Expected device to be one of cpu, cuda; got 'gpu'."),
        ("device", "cuda:x", "Expected device to be cpu, cuda or cuda:N; got 'cuda:x'."),
        ("device", "cuda:99", "Expected the device to be present on this machine; got 'cuda:99', which is not."),
        ("seed", "-1", "Expected a whole number of 0 or more; got -1."),
    ],
)
def test_what_cannot_be_is_refused_before_the_first_test(option: str, value: str, said: str, tmp_path: Path) -> None:
    done = _pytest(write(tmp_path, {"test_foreign.py": FOREIGN}), f"--gradtwin-{option}", value)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert done.stderr.strip().startswith(f"ERROR: --gradtwin-{option}: {said}")
    assert done.stderr.strip().count("\n") == 0
    assert "test_foreign" not in done.stdout


def test_nothing_is_imported_before_a_test_judges(tmp_path: Path) -> None:
    done = _pytest(write(tmp_path, {"conftest.py": LISTING, "test_sum.py": "def test_sum():\n    assert 1 + 1 == 2\n"}))
    assert "imported: []" in done.stdout, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def _pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "pytest", "-p", "gradtwin.face.plugin", "-q", *options, cwd=folder)


def test_importing_the_plugin_imports_neither_torch_nor_numpy() -> None:
    done = run("-c", "import sys, gradtwin.face.plugin; print(sorted({'numpy', 'scipy', 'torch'} & set(sys.modules)))")
    assert (done.stdout, done.stderr) == ("[]\n", "")
