"""Decisions by scores: the largest, a draw from the softmax, one of those that say yes."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import chisquare

import gradtwin
from reference.multiclass import argmax as reference_argmax
from reference.multiclass import vote_any as reference_vote_any
from scratch.activations import softmax
from scratch.multiclass import argmax, sample, vote_any

Array = NDArray[Any]
WEIGHTS = np.array([[Fraction(1), Fraction(-1, 3)], [Fraction(-1, 2), Fraction(-1, 2)], [Fraction(0), Fraction(1)]])
GRID = np.array([[Fraction(a), Fraction(b)] for a, b in product(range(-9, 10), repeat=2)])
SCORES = np.array([1.0, -0.5, 0.25, 2.0])
DRAWS = 4000
LEVEL = 0.01
"""How improbable draws must be before they are refused."""


def test_l18_two_classes_are_told_apart_by_the_difference_of_their_weights() -> None:
    w = WEIGHTS[0] - WEIGHTS[1]
    assert w.tolist() == [Fraction(3, 2), Fraction(1, 6)]
    labels = argmax.forward(GRID @ WEIGHTS[:2].T)
    assert labels.tolist() == [0 if w @ x >= 0 else 1 for x in GRID]
    assert np.any(GRID[1:] @ w == 0)


def test_l18_the_label_has_the_largest_score_and_ties_go_to_the_smallest_class() -> None:
    scores = GRID @ WEIGHTS.T
    assert argmax.forward(scores).tolist() == [min(k for k in range(3) if s[k] == max(s)) for s in scores]
    tied = [sorted(s)[1] == sorted(s)[2] for s in scores]
    assert set(argmax.forward(scores)) == {0, 1, 2}
    assert any(tied)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.int64])
def test_l18_torch_takes_the_first_of_equal_scores_as_numpy_does(dtype: torch.dtype) -> None:
    rng = np.random.default_rng(0)
    for classes in (2, 3, 17, 1000, 40000):
        scores = rng.integers(0, 2, (5, classes))
        for tied in (scores, np.asfortranarray(scores), np.ones_like(scores)):
            assert torch.from_numpy(tied).to(dtype).argmax(dim=1).tolist() == np.argmax(tied, axis=1).tolist()


def _close_calls() -> Array:
    """Return eight clear rows of scores, and four whose best two are next to each other."""
    scores = np.random.default_rng(0).standard_normal((12, 3))
    scores[8:, 1] = np.nextafter(scores[8:, 0], [9.0, -9.0, 9.0, -9.0])
    scores[8:, 2] = -3.0
    return scores


def _otherwise(rows: list[int]) -> Callable[[Array], Any]:
    """Return a decision for the second best class in these rows."""

    def forward(scores: Array) -> Any:
        labels = argmax.forward(scores)
        labels[rows] = np.argsort(scores, axis=1)[rows, -2]
        return labels

    return forward


def _judge(forward: Callable[..., Any], scores: Array) -> gradtwin.Report:
    twin, margin = reference_argmax.forward, reference_argmax.margin
    return gradtwin.check(forward, twin=twin, margin=margin, inputs=[scores], dtypes=("float64",), name="argmax")


@pytest.mark.parametrize("rows", [[], [8], [8, 9, 10, 11]])
def test_l18_near_ties_are_counted_and_may_go_either_way(rows: list[int]) -> None:
    report = _judge(_otherwise(rows), _close_calls())
    assert report.ok, report
    assert (report.tally.points, report.tally.close) == (12, 4)


@pytest.mark.parametrize("row", range(8))
def test_l18_a_clear_point_that_is_decided_otherwise_is_refused(row: int) -> None:
    report = _judge(_otherwise([row, 8]), _close_calls())
    assert report.verdict == "mismatch"
    assert report.findings[0].index == (row,)


def _probability_of(scores: Array) -> float:
    """Return how probable draws as far from the softmax of `SCORES` are as those that are drawn by these scores."""
    uniform = np.random.default_rng(0).random(DRAWS)
    labels = sample.forward(np.tile(scores, (DRAWS, 1)), uniform)
    return float(chisquare(np.bincount(labels, minlength=4), DRAWS * softmax.forward(SCORES, dim=0)).pvalue)


def test_l19_draws_are_distributed_like_the_softmax() -> None:
    assert _probability_of(SCORES) >= LEVEL


@pytest.mark.parametrize("temperature", [0.9, 1.1, 2.0])
def test_l19_draws_at_another_temperature_are_refused(temperature: float) -> None:
    assert _probability_of(SCORES / temperature) < LEVEL


def test_l19_where_the_number_meets_a_sum_the_next_class_is_drawn() -> None:
    assert sample.forward(np.zeros((8, 8)), np.arange(8) / 8).tolist() == list(range(8))
    assert sample.forward(np.zeros((8, 8)), np.nextafter(np.arange(1, 9) / 8, 0)).tolist() == list(range(8))


def test_l19_a_class_without_probability_is_never_drawn() -> None:
    scores, uniform = np.array([[-1000.0, 0.0, -1000.0]] * 2), np.array([0.0, np.nextafter(1.0, 0.0)])
    assert sample.forward(scores, uniform).tolist() == [1, 1]


def test_l19_the_last_class_ends_where_the_numbers_do_and_not_where_rounded_probabilities_do() -> None:
    scores = np.random.default_rng(9).standard_normal((1, 10)).astype(np.float32)
    last = np.nextafter(np.ones(1, np.float32), np.float32(0))
    assert sample.forward(scores, last).tolist() == [9]
    assert np.sum(np.cumsum(softmax.forward(scores, dim=1)) <= last) == 10


def test_l21_each_class_that_says_yes_has_the_same_chance() -> None:
    scores = np.tile([0.5, -1.0, 0.0, 3.0], (6, 1))
    assert vote_any.forward(scores, np.arange(6) / 6).tolist() == [0, 0, 2, 2, 3, 3]


def test_l21_where_none_says_yes_each_class_has_the_same_chance() -> None:
    assert vote_any.forward(np.full((8, 4), -1.0), np.arange(8) / 8).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("wrong", [lambda s: s > 0, lambda s: s >= np.max(s, axis=1, keepdims=True)])
def test_l21_another_rule_of_who_says_yes_is_refused(wrong: Callable[[Array], Array]) -> None:
    inputs = [np.tile([0.5, -1.0, 0.0, 3.0], (8, 1)), np.arange(8) / 8]

    def judged(rule: Callable[[Array], Array]) -> str:
        forward = lambda scores, uniform: vote_any.forward(np.where(rule(scores), 1.0, -1.0), uniform)  # noqa: E731
        twin, margin = reference_vote_any.forward, reference_vote_any.margin
        return gradtwin.check(
            forward, twin=twin, margin=margin, inputs=inputs, dtypes=("float64", "float32"), exact=True, name="vote"
        ).verdict

    assert [judged(lambda s: s >= 0), judged(wrong)] == ["match", "mismatch"]
