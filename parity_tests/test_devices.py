"""Twins on another device than the default one: what a twin makes itself, it makes where its inputs are.

The tests run with a default device that holds no numbers. A tensor that a twin makes without saying where is one of its
kind there, and of another device than the inputs, as it would be with inputs on a GPU.
"""

import importlib

import numpy as np
import pytest
import torch

from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import UsageError
from gradtwin.ops.evaluation import Question
from gradtwin.ops.twin import Twin
from gradtwin.project.trials import Trial
from gradtwin.rows import Case, Model, Op
from parity_tests.rows import PAIRS

ROWS = [row for row in PAIRS if isinstance(row, (Model, Op))]


OF_TORCH = {
    "init.eye": "torch.nn.init.eye_ names no device to torch.eye, which takes that of its out",
    "training.ema": "torch's AveragedModel keeps its counter on the default device",
    "training.swa": "torch's AveragedModel keeps its counter on the default device",
}
"""What torch itself makes on the default device, and brings to the inputs where it needs it."""


def _run_op(row: Op, trial: Trial, case: Case) -> None:
    """Run the twin of an op, forward and backward."""
    subject = row.subject(trial, case)
    inputs = subject.inputs
    outputs = subject.twin.run(Question(inputs.arrays, inputs.wanted)).outputs
    choices = subject.cotangents([o.shape for o in outputs]) if row.gradient else []
    with torch.device("meta"):
        subject.twin.run(Question(inputs.arrays, inputs.wanted, choices))


def _run_model(row: Model, trial: Trial, case: Case) -> None:
    """Run the twin of a model: fit, predict and margin."""
    module = importlib.import_module(row.twin)
    given = trial.inputs(case.inputs or row.inputs)
    *data, X = (None if x is None else torch.from_numpy(np.array(x)) for x in given)
    with torch.device("meta"):
        fitted = module.fit(*data, **case.options)
        told = [module.predict(fitted, X), *([module.margin(fitted, X)] if row.margin else [])]
    assert {x.device.type for x in (*fitted, *told) if isinstance(x, torch.Tensor)} == {"cpu"}


@pytest.mark.parametrize("row", [r for r in ROWS if r.name not in OF_TORCH], ids=lambda r: r.name)
def test_a_twin_makes_its_tensors_where_its_inputs_are(row: Op | Model) -> None:
    trials = list(row.trials(Conditions(("float64",))))
    for case in row.cases:
        first = next(trial for trial in trials if trial.case is case)
        _run_op(row, first, case) if isinstance(row, Op) else _run_model(row, first, case)


def test_a_twin_that_makes_a_tensor_on_the_default_device_is_seen() -> None:
    def careless(x: torch.Tensor) -> torch.Tensor:
        return x + torch.ones(3)

    with torch.device("meta"), pytest.raises(UsageError):
        Twin(careless, {}).run(Question([np.ones(3)], [False]))
    assert Twin(careless, {}).run(Question([np.ones(3)], [False])).outputs[0].tolist() == [2.0] * 3
