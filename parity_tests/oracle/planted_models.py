"""Defects of the oracle in how it reads and fits models, and in what it asks of a Function besides its gradients."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch

from gradtwin import Report, check, check_estimator
from parity_tests.oracle.planted import Defect
from parity_tests.oracle.refitted import (
    Sketch,
    Sums,
    TorchLeastSquares,
    TorchSketch,
    TorchTrained,
    TorchWarmDescent,
    Trained,
    WarmDescent,
)

RNG = np.random.default_rng(5)
X, Y, QUERIES = RNG.standard_normal((14, 3)), RNG.standard_normal(14), RNG.standard_normal((6, 3))


class ByPlace(torch.autograd.Function):
    """The product of a tensor and the square of another, with gradients in buffers by the places of tensors."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return x * y * y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, y = ctx.saved_tensors
        buffers = {x.data_ptr(): grad * y * y}
        buffers[y.data_ptr()] = buffers.get(y.data_ptr(), 0) + 2 * grad * x * y
        return buffers[x.data_ptr()], buffers[y.data_ptr()]


def fits(model: Any, twin: Any, dtype: Any = np.float64) -> Any:
    """Return a check of a model beside its twin."""
    inputs = [x.astype(dtype) for x in (X, Y, QUERIES)]
    return functools.partial(check_estimator, model, twin=twin, inputs=inputs)


MODELS = (
    Defect(
        "one object is fitted again",
        "gradtwin.ops.model.goes_on",
        lambda *arguments: Report(""),
        fits(Sums(), TorchLeastSquares()),
        "impure",
        "does not start anew",
    ),
    Defect(
        "where the twin goes on from an earlier fit, nobody is accused",
        "gradtwin.ops.fitting_again.TwinFit",
        lambda model, common: lambda *arrays: (torch.zeros(()),),
        fits(WarmDescent(), TorchWarmDescent()),
        "match",
        "go on from an earlier fit",
    ),
    Defect(
        "each fit is made on a fresh object",
        "gradtwin.forms.estimators._copied",
        lambda argument, side: side,
        fits(WarmDescent(), TorchWarmDescent()),
        "match",
    ),
    Defect(
        "what one object draws is drawn anew in each fit",
        "gradtwin.forms.fitted._generators",
        tuple,
        fits(Sketch(), TorchSketch()),
        "match",
    ),
    Defect(
        "what a twin holds gets the precision of its data",
        "gradtwin.forms.fitted._widen",
        lambda made, data: None,
        fits(Trained(), TorchTrained()),
        "match",
    ),
    Defect(
        "one tensor is passed for two inputs",
        "gradtwin.forms.transforms._Call.pairs",
        (),
        lambda: check(ByPlace, twin=lambda x, y: x * y * y, inputs=[torch.tensor(X), torch.tensor(X).flip(0)]),
        "structure",
        "one tensor for inputs 0 and 1",
    ),
)
