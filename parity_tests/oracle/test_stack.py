"""Shadow runs in one pass spread as far as shadow runs one after the other, or are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gradtwin.core.bound import K, precision
from gradtwin.core.conditions import Conditions
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.ops.evaluation import Question
from gradtwin.ops.problem import Problem
from gradtwin.ops.subject import Subject
from gradtwin.rows import Case, Op
from parity_tests.rows import PAIRS

Array = NDArray[Any]
P = precision("float32")
IN_A_ROW, STACKED = 24, 96
APART = 1.7
"""How far two measured spreads of one array may be apart: with 24 runs, that of a single number is known to 15 %."""
OPS = [row for row in PAIRS if isinstance(row, Op)]


def _subjects(row: Op) -> list[Subject]:
    """Return the first and the last of the row's cases on ordinary numbers."""
    every = [
        t for t in row.trials(Conditions((P.name,))) if isinstance(t.case, Case) and t.family == t.case.families[0]
    ]
    chosen = every[:1] + every[1:][-1:]
    return [row.subject(t, t.case) for t in chosen if isinstance(t.case, Case)]


def _shadow(seed: int, *, stack: bool = False) -> TorchShadow:
    return TorchShadow(K * P.unit, K * P.eta, seed, stack=stack)


def _sizes(runs: Array, truth: Array) -> Array:
    """Return the root mean square of the distances from the truth, elementwise."""
    with np.errstate(invalid="ignore"):
        distance = np.asarray(runs, np.float64) - truth
    return np.asarray(np.sqrt(np.mean(np.where(np.isfinite(distance), distance, 0) ** 2, axis=0)))


def _ratios(subject: Subject) -> list[float]:
    """Return, for each answer of the twin, how much further the stack spreads, as a mean over the elements.

    None where a check runs the twin in a row.
    """
    inputs = subject.inputs
    shapes = [x.shape for x in subject.twin.run(Question(inputs.arrays, inputs.wanted)).outputs]
    choices = subject.cotangents(shapes)[:1] if subject.backward is not None else []
    question = Question(inputs.arrays, inputs.wanted, choices)
    truth = subject.twin.run(question).arrays
    looked = subject.truth(choices)
    looked.output(0).first()
    if looked.in_a_row or subject.manner.exact:  # nothing is run with noise where no rounding is admitted
        return []
    together = subject.twin.stack(question, _shadow(10**6, stack=True), STACKED).arrays
    alone = zip(*(subject.twin.run(question, mode=_shadow(i)).arrays for i in range(IN_A_ROW)), strict=True)
    spread_ratios = []
    for exact, many, runs in zip(truth, together, alone, strict=True):
        if exact is None or many is None or exact.size == 0:
            continue
        wide, narrow = _sizes(many, exact), _sizes(np.stack(runs), exact)
        if np.any((wide == 0) != (narrow == 0)):
            spread_ratios.append(np.inf)
        elif np.any(wide):
            spread_ratios.append(float(np.exp(np.mean(np.log(wide[wide > 0] / narrow[wide > 0])))))
    return spread_ratios


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:var_mean")  # a case of one element to normalize over
@pytest.mark.parametrize("row", OPS, ids=lambda r: r.name)
def test_both_ways_spread_alike(row: Op) -> None:
    for subject in _subjects(row):
        for ratio in _ratios(subject):
            assert 1 / APART < ratio < APART


def _normalized(x: torch.Tensor, mean: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a batch normalized, and running statistics that torch changes in place, which vmap loses."""
    changed = torch.stack([mean, torch.ones_like(mean)])
    return torch.nn.functional.batch_norm(x, changed[0], changed[1], training=True), changed[0]


def _moved(x: torch.Tensor) -> torch.Tensor:
    """Return numbers moved by others that do not come from the input: noise there is drawn once for all runs."""
    return x + torch.linspace(0.1, 0.9, x.shape[-1], dtype=x.dtype).exp()


def _rounded(x: torch.Tensor) -> torch.Tensor:
    return x * round(float(x.max()))


@pytest.mark.parametrize(
    ("twin", "arrays"),
    [(_normalized, (5, 3)), (_moved, (5,)), (_rounded, (5,))],
    ids=["lost in place", "noise once for all", "a number of a tensor"],
)
def test_what_cannot_be_run_in_one_pass_is_run_in_a_row(twin: Any, arrays: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(arrays), rng.standard_normal(arrays[-1:])][: twin.__code__.co_argcount]
    problem = Problem(twin, None, twin, inputs, {})
    subject = problem.subject("float64", Conditions(name="stack"))
    shapes = [x.shape for x in subject.native.answer(()).outputs]
    truth = subject.truth(subject.cotangents(shapes))
    for i in range(len(shapes)):
        e = truth.output(i).first()
        assert e is not None
        assert np.all(e.spread > 0)
        assert np.all(e.spread < np.abs(e.truth).max() * 1000 * K * precision("float64").unit)
    assert truth.in_a_row
