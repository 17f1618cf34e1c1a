"""The command that judges published code: what is not installed is counted, and a planted mistake is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from docs.forms import estimator, layer_object
from scripts.measure import published_code
from scripts.measure.published import jax_functions, torch_code, triton_kernels, twins
from scripts.measure.published.arrays import Written
from scripts.measure.published.entry import Entry, Published, normal
from scripts.measure.published.estimators import Model
from scripts.measure.published.optimizers import Stepper
from scripts.measure.published.schedules import Rates

PLACE = "scripts.measure.published.twins:sparsemax"
OURS = Entry("numpy", PLACE, twins.sparsemax, lambda rng: [normal(rng, 3, 5)], "3 x 5")
ABSENT = replace(OURS, package="no-such-package")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (OURS, ("match", "2/2", "1 objects of 1 packages, 1 checks: 1 match")),
        (replace(OURS, twin=lambda x: torch.softmax(x, -1)), ("mismatch", "output: differs", "1 mismatch")),
        (replace(OURS, place="scripts.measure.published.twins:none"), ("no import", "AttributeError")),
        (replace(OURS, twin=lambda x, y: x), ("refused", "Expected")),
        (ABSENT, ("missing", "not installed: no-such-package; pip install --no-deps no-such-package")),
    ],
    ids=["right", "wrong", "absent name", "twin of two", "absent package"],
)
def test_an_entry_is_judged_or_counted_as_what_it_is(
    entry: Entry, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch_code, "ENTRIES", (entry,))
    monkeypatch.setattr(sys, "argv", ["published", "--catalogue", "torch"])
    published_code.main()
    printed = capsys.readouterr().out
    assert all(word in printed for word in words), printed


def _layer(name: str) -> Written:
    def inputs(rng: np.random.Generator) -> dict[str, object]:
        return {"x": layer_object.X, "W": layer_object.W, "b": layer_object.B}

    place = f"docs.forms.layer_object:{name}"
    return Written("numpy", place, layer_object.twin, inputs, "", lambda kind: kind(layer_object.W, layer_object.B))


def _optimizer(name: str) -> Stepper:
    place, options = f"docs.forms.optimizer_object:{name}", {"lr": 0.01, "weight_decay": 0.1}
    return Stepper("numpy", place, torch.optim.AdamW, "", options)


def _schedule(name: str) -> Rates:
    def twin(optimizer: torch.optim.Optimizer) -> object:
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

    place = f"docs.forms.schedule_function:{name}"
    return Rates("numpy", place, twin, "", lambda rate: lambda step: rate(step, 0.1, 20))


def _model(name: str) -> Model:
    data = [estimator.X, estimator.Y, estimator.QUERIES]
    place = f"docs.forms.estimator:{name}"
    return Model("numpy", place, estimator.TorchRidge(), lambda rng: data, "", lambda kind: kind(), "coef_")


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        (_layer("Affine"), _layer("AffineOfAMean")),
        (_optimizer("AdamW"), _optimizer("AdamWCoupled")),
        (_schedule("cosine"), _schedule("cosine_to_the_last_step")),
        (_model("Ridge"), _model("RidgeOfShrunkIntercept")),
    ],
    ids=["layer", "optimizer", "schedule", "model"],
)
def test_every_kind_of_entry_is_judged_and_its_planted_mistakes_are_refused(entry: Published, wrong: Published) -> None:
    suspect, dtype = entry.suspect(), entry.dtypes[0]
    assert entry.judged(suspect, dtype).ok
    assert [entry.judged(spoiled, dtype).ok for spoiled in entry.spoiled(suspect, dtype)] == [False, False]
    assert not wrong.judged(wrong.suspect(), dtype).ok


def test_the_catalogue_asks_for_inputs_that_can_be_drawn() -> None:
    entries = [e for module in (torch_code, triton_kernels, jax_functions) for e in module.ENTRIES]
    assert len({e.package for e in entries}) >= 6
    for entry in entries:
        for dtype in entry.dtypes:
            floating = [x for x in entry.drawn(dtype) if isinstance(x, (torch.Tensor, np.ndarray))]
            assert any(str(x.dtype).endswith(dtype) for x in floating), entry.place


@pytest.mark.parametrize(
    ("twin", "expected"),
    [(twins.sparsemax, [[0.0, 0.0, 1.0]]), (twins.entmax15, [[0.0, 0.0, 1.0]])],
    ids=["sparsemax", "entmax15"],
)
def test_a_twin_that_is_sparse_puts_all_on_a_score_far_above(
    twin: Callable[[torch.Tensor], torch.Tensor], expected: list[list[float]]
) -> None:
    assert twin(torch.tensor([[0.0, 1.0, 9.0]])).tolist() == expected
