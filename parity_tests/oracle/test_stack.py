"""Shadow runs in one pass spread as far as shadow runs one after the other, or are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gradtwin.core.bound import K, precision
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.core.stack import NotStackableError
from gradtwin.ops.subject import Subject
from gradtwin.ops.twin import Question
from gradtwin.project.trials import trials
from gradtwin.rows import Case, Op
from parity_tests.pairs import PAIRS

Array = NDArray[Any]
P = precision("float32")
IN_A_ROW, STACKED = 24, 96
APART = 1.7
"""How far two measured spreads of one array may be apart: with 24 runs, that of a single number is known to 15 %."""
OPS = [row for row in PAIRS if isinstance(row, Op)]


def _subjects(row: Op) -> list[Subject]:
    """Return the first and the last of the row's cases on ordinary numbers."""
    every = [t for t in trials(row, (P.name,)) if isinstance(t.case, Case) and t.family == t.case.families[0]]
    chosen = every[:1] + every[1:][-1:]
    return [t.subject(row, t.case) for t in chosen if isinstance(t.case, Case)]


def _shadow(seed: int, *, stack: bool = False) -> TorchShadow:
    return TorchShadow(K * P.unit, K * P.eta, seed, stack=stack)


def _sizes(runs: Array, truth: Array) -> Array:
    """Return the root mean square of the distances from the truth, elementwise."""
    with np.errstate(invalid="ignore"):
        distance = np.asarray(runs, np.float64) - truth
    return np.asarray(np.sqrt(np.mean(np.where(np.isfinite(distance), distance, 0) ** 2, axis=0)))


def _ratios(subject: Subject) -> list[float]:
    """Return, for each answer of the twin, how much further the stack spreads, as a mean over the elements.

    None where the twin cannot be run on a stack.
    """
    inputs = subject.inputs
    shapes = [x.shape for x in subject.twin.run(Question(inputs.arrays, inputs.wanted)).outputs]
    choices = subject.cotangents(shapes)[:1] if subject.backward is not None else []
    question = Question(inputs.arrays, inputs.wanted, choices)
    truth = subject.twin.run(question).arrays
    try:
        together = subject.twin.stack(question, _shadow(10**6, stack=True), STACKED).arrays
    except NotStackableError:
        return []
    alone = zip(*(subject.twin.run(question, shadow=_shadow(i)).arrays for i in range(IN_A_ROW)), strict=True)
    found = []
    for exact, many, runs in zip(truth, together, alone, strict=True):
        if exact is None or many is None or exact.size == 0:
            continue
        wide, narrow = _sizes(many, exact), _sizes(np.stack(runs), exact)
        if np.any((wide == 0) != (narrow == 0)):
            found.append(np.inf)
        elif np.any(wide):
            found.append(float(np.exp(np.mean(np.log(wide[wide > 0] / narrow[wide > 0])))))
    return found


@pytest.mark.parametrize("row", OPS, ids=lambda r: r.name)
def test_both_ways_spread_alike(row: Op) -> None:
    for subject in _subjects(row):
        for ratio in _ratios(subject):
            assert 1 / APART < ratio < APART
