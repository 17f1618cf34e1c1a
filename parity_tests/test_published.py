"""The command that judges published code: what is not installed is counted, and a planted mistake is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from scripts.measure import published_code
from scripts.measure.published import jax_functions, torch_code, triton_kernels, twins
from scripts.measure.published.entry import Entry, normal

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
