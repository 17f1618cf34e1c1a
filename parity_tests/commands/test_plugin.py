"""The pytest plugin: light to import, four checks as assertions, two options."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from gradtwin.core.errors import DeviceMissingError
from gradtwin.face.plugin import Judge
from parity_tests.commands import run, write
from scratch.optimizers import sgd

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


TWIN = SimpleNamespace(fit=_fit, predict=_predict)
CHECKS: dict[str, Any] = {
    "check": ((_square, _slope), {"twin": _square, "inputs": INPUTS}),
    "check_model": ((SimpleNamespace(fit=_fit, predict=_predict),), {"twin": TWIN, "inputs": [*INPUTS, *INPUTS]}),
    "check_optimizer": ((sgd,), {"twin": torch.optim.SGD, "steps": 3}),
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


@pytest.mark.parametrize("check", CHECKS)
def test_a_match_returns_its_report(check: str) -> None:
    args, kwargs = CHECKS[check]
    report = getattr(Judge("cpu", 0), check)(*args, **kwargs)
    assert report.ok
    assert report.tally.controls


@pytest.mark.parametrize("check", CHECKS)
def test_anything_else_raises_with_the_report(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    args, kwargs = CHECKS[check]
    right: Any = sgd.step
    monkeypatch.setattr(sgd, "step", lambda p, g, state, **options: right(p, 2 * g, state, **options))
    wrong = {
        "check": (_square, lambda grad, x: grad * x),
        "check_model": (SimpleNamespace(fit=_fit, predict=lambda fitted, x: 2 * fitted.total * x),),
    }.get(check, args)
    with pytest.raises(AssertionError, match=r"^mismatch .* checks") as caught:
        getattr(Judge("cpu", 0), check)(*wrong, **kwargs)
    assert "off by" in str(caught.value)


@pytest.mark.parametrize("check", CHECKS)
def test_device_and_seed_are_defaults(check: str) -> None:
    args, kwargs = CHECKS[check]
    elsewhere = getattr(Judge("cuda:99", 0), check)
    with pytest.raises(DeviceMissingError):
        elsewhere(*args, **kwargs)
    assert elsewhere(*args, **kwargs, device="cpu").ok


def test_seed_reaches_the_check() -> None:
    args, kwargs = CHECKS["check"]
    worst = [Judge("cpu", seed).check(*args, **kwargs).tally for seed in (0, 0, 1)]
    assert worst[0] == worst[1] != worst[2]


def test_fixture_and_options_in_a_foreign_project(tmp_path: Path) -> None:
    source = FOREIGN.replace("inputs=INPUTS)", 'inputs=INPUTS, device="cpu")')
    folder = write(tmp_path, {"test_foreign.py": source})
    options = ("--gradtwin-device", "cuda:99", "--gradtwin-seed", "7")
    done = run("-m", "pytest", "-p", "gradtwin.face.plugin", "-q", *options, cwd=folder)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 2 passed" in done.stdout
    assert "FAILED test_foreign.py::test_wrong - AssertionError: mismatch" in done.stdout
    assert "mismatch: gradient of x" in done.stdout
    assert "plugin.py" not in done.stdout


def test_importing_the_plugin_imports_neither_torch_nor_numpy() -> None:
    done = run("-c", "import sys, gradtwin.face.plugin; print(sorted({'numpy', 'scipy', 'torch'} & set(sys.modules)))")
    assert (done.stdout, done.stderr) == ("[]\n", "")
