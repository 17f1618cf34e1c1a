"""An optimizer that loses digits in float32 is told from one that is wrong: in float64 it agrees."""

from typing import Any

import numpy as np
import pytest
import torch

import gradtwin

OPTIONS = {"lr": 0.05}


class _Adam:
    """Corrects the bias in the type of the parameters, as code of JAX does: 1 - 0.999^t is little but rounding."""

    wide = False
    sign = 1.0

    def __init__(self, lr: float = 1e-3) -> None:
        self.lr = lr
        self.t, self.moments = 0, {}  # type: ignore[var-annotated]

    def step(self, params: Any, grads: Any) -> None:
        self.t += 1
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            number = np.float64 if self.wide else p.dtype.type
            m, v = self.moments.get(i, (0 * p, 0 * p))
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            self.moments[i] = m, v
            first, second = (1 - number(beta) ** number(self.t) for beta in (0.9, 0.999))
            root = np.sqrt(v / p.dtype.type(second)) + 1e-8
            p -= (self.sign * self.lr * (m / p.dtype.type(first)) / root).astype(p.dtype)


class _AdamInFloat64(_Adam):
    wide = True


class _AdamUpwards(_Adam):
    sign = -1.0


class _AdamWithAWrongRate(_AdamInFloat64):
    sign = 1.00002


def _judge(optimizer: Any, *dtypes: str) -> gradtwin.Report:
    return gradtwin.check_optimizer(optimizer, twin=torch.optim.Adam, options=OPTIONS, dtypes=dtypes)


def test_digits_that_are_lost_are_no_mismatch() -> None:
    assert _judge(_Adam, "float64").ok
    report = _judge(_Adam, "float32")
    assert report.verdict == "unstable", report
    assert "loses digits that the twin keeps" in report.findings[0].message
    assert _judge(_Adam, "float64", "float32").verdict == "unstable"


def test_a_correction_that_keeps_its_digits_matches() -> None:
    assert _judge(_AdamInFloat64, "float64", "float32").ok


class _RectifiedAdam:
    """Computes the powers of its decay another way than torch: what is left of them after five steps is rounding."""

    offset = 0.0

    def __init__(self, lr: float = 1e-3) -> None:
        self.lr = lr
        self.t, self.moments = 0, {}  # type: ignore[var-annotated]

    def step(self, params: Any, grads: Any) -> None:
        self.t += 1
        power, most = np.exp(self.t * np.log(0.999)), 2 / (1 - 0.999) - 1
        length = most - 2 * self.t * power / (1 - power) + self.offset
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            m, v = self.moments.get(i, (0 * p, 0 * p))
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            self.moments[i] = m, v
            share = 1.0
            if length > 5:
                share = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
                share = np.sqrt(share * (1 - power)) / (np.sqrt(v) + 1e-8)
            p -= self.lr * (m / (1 - 0.9**self.t)) * share


class _RectifiedAdamSlightlyOff(_RectifiedAdam):
    offset = 1e-8


def test_scalars_that_an_optimizer_computes_round_as_well() -> None:
    def judge(optimizer: Any) -> gradtwin.Report:
        return gradtwin.check_optimizer(optimizer, twin=torch.optim.RAdam, options=OPTIONS, dtypes=("float64",))

    assert judge(_RectifiedAdam).ok
    assert judge(_RectifiedAdamSlightlyOff).verdict == "mismatch"


@pytest.mark.parametrize("optimizer", [_AdamUpwards, _AdamWithAWrongRate])
def test_what_is_wrong_in_float64_too_is_a_mismatch(optimizer: Any) -> None:
    assert _judge(optimizer, "float32").verdict == "mismatch"
