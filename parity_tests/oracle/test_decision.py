"""Labels: clear calls must be the twin's, calls within rounding may be either, and all of that is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.core.errors import UsageError

Array = NDArray[Any]
CLEAR = np.array([[1.0, 0.5, -1.0], [0.1, 0.3, 0.2], [-1.0, -2.0, 1.5], [0.7, 0.2, 0.1]])
CLOSE = np.array([[1.0, np.nextafter(1.0, 2.0), -1.0], [0.3, 0.1, np.nextafter(0.3, 0.0)]])


def _best(scores: Array) -> Any:
    return np.argmax(3 * scores, axis=-1)


def _twin(scores: torch.Tensor) -> torch.Tensor:
    return torch.argmax(3 * scores, dim=-1)


def _margin(scores: torch.Tensor) -> torch.Tensor:
    best, second = (3 * scores).topk(2, dim=-1).values.unbind(-1)
    return best - second


def _judge(forward: Any, scores: Array, **how: Any) -> gradtwin.Report:
    how = {"margin": _margin, "dtypes": ("float64",), **how}
    return gradtwin.check(forward, twin=_twin, inputs=[scores], name="best", **how)


def _flipping(rows: Any) -> Any:
    """Return a prediction that is the second best class in these rows."""

    def forward(scores: Array) -> Any:
        labels = _best(scores)
        labels[rows] = np.argsort(scores, axis=-1)[rows, -2]
        return labels

    return forward


def test_the_same_labels_match_and_none_is_too_close() -> None:
    report = _judge(_best, CLEAR, dtypes=("float64", "float32"))
    assert report.ok, report
    assert (report.tally.points, report.tally.close) == (8, 0)
    assert report.tally.controls


@pytest.mark.parametrize("row", range(len(CLEAR)))
def test_another_label_at_a_clear_point_is_refused(row: int) -> None:
    report = _judge(_flipping(row), np.concatenate([CLEAR, CLOSE]))
    assert report.verdict == "mismatch"
    assert report.findings[0].index == (row,)


def test_either_label_will_do_where_the_call_is_too_close() -> None:
    scores = np.concatenate([CLEAR, CLOSE])
    for forward in (_best, _flipping([4]), _flipping([4, 5])):
        report = _judge(forward, scores)
        assert report.ok, report
        assert (report.tally.points, report.tally.close) == (6, 2)
        assert "2 of 6 labels too close to call" in str(report)


def test_a_wider_gap_is_close_in_float32_and_clear_in_float64() -> None:
    scores = np.concatenate([CLEAR, [[1.0, 1 + 2.0**-23, -1.0]]])
    assert _judge(_best, scores).tally.close == 0
    assert _judge(_best, scores, dtypes=("float32",)).tally.close == 1


def test_an_exact_tie_is_not_too_close() -> None:
    """Zeros have no rounding error, so a tie of them goes where the rule says, at any precision."""
    scores = np.concatenate([CLEAR, np.zeros((1, 3))])
    report = _judge(_best, scores, dtypes=("float64", "float32"))
    assert report.ok, report
    assert report.tally.close == 0
    assert _judge(_flipping(4), scores).verdict == "mismatch"


def test_a_margin_that_rounding_makes_infinite_is_too_close() -> None:
    """Here the lead over the best class itself is infinite: whose that is changes with the noise."""

    def margin(scores: torch.Tensor) -> torch.Tensor:
        best = (3 * scores).max(dim=-1, keepdim=True)
        lead = best.values - 3 * scores
        return torch.where(torch.arange(3) == best.indices, torch.inf, lead)

    report = _judge(_flipping([4]), np.concatenate([CLEAR, CLOSE[:1]]), margin=margin)
    assert report.ok, report
    assert report.tally.close == 1


def test_nothing_but_close_calls_proves_nothing() -> None:
    report = _judge(_best, CLOSE)
    assert report.verdict == "inconclusive"
    assert "all 2 points are too close to call" in str(report)


def test_where_both_are_exact_a_tie_goes_to_the_stated_class() -> None:
    tied = np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 2.0], [3.0, 1.0, 2.0]])
    assert _judge(_best, tied, exact=True).ok
    assert _judge(lambda scores: 2 - np.argmax(scores[:, ::-1], axis=-1), tied, exact=True).verdict == "mismatch"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"margin": 3}, "Expected margin to be callable; got 3"),
        ({"margin": lambda scores: scores[0]}, "begins with that of the labels, (4,); got (3,)"),
        ({"backward": lambda grad, scores: scores}, "Expected no margin beside a backward"),
    ],
)
def test_a_bad_margin_is_answered(how: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        _judge(_best, CLEAR, **how)
    assert said in str(caught.value)
