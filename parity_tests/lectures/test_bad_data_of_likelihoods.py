"""What maximum likelihood refuses: each call raises a ValueError that tells the argument, what it should be and is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scratch.likelihoods import bernoulli, gaussian, linear_gaussian


@pytest.mark.parametrize(
    ("fit", "data", "said"),
    [
        (
            gaussian.fit,
            (np.full(4, 2.0),),
            "Expected X to vary, or no variance is the most likely; got 4 equal samples",
        ),
        (gaussian.fit, (np.array([[1.0, 2.0], [1.0, 3.0]]),), "Expected X to vary"),
        (gaussian.fit, (np.array([1.0, np.nan]),), "Expected X to hold samples, all finite"),
        (gaussian.fit, (np.zeros(0),), "Expected X to hold samples, all finite"),
        (bernoulli.fit, (np.array([0.0, 0.5]),), r"Expected input to hold 0 and 1; got 0\.5"),
        (bernoulli.fit, (np.array([0.0, np.nan]),), "Expected "),
        (bernoulli.fit, (np.zeros(0),), "Expected X to hold samples"),
        (linear_gaussian.fit, (np.eye(3)[:, :2], np.arange(3.0)), "Expected X to have more rows than there are"),
        (linear_gaussian.fit, (np.ones((5, 1)), np.arange(5.0)), "Expected X to have independent columns"),
        (
            linear_gaussian.fit,
            (np.arange(5.0)[:, np.newaxis], 3 * np.arange(5.0) + 1),
            "Expected y to differ from every",
        ),
        (linear_gaussian.fit, (np.array([[0.0], [np.nan], [1.0]]), np.arange(3.0)), "Expected X to be finite"),
    ],
)
def test_l26_data_whose_likelihood_has_no_one_maximum_are_refused(fit: Any, data: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit(*data)
