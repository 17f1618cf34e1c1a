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


@pytest.mark.parametrize("optimizer", [_AdamUpwards, _AdamWithAWrongRate])
def test_what_is_wrong_in_float64_too_is_a_mismatch(optimizer: Any) -> None:
    assert _judge(optimizer, "float32").verdict == "mismatch"
