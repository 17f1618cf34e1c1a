"""The real data of the experiments, those of the rows, read once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from parity_tests.pairs import data

Array = np.ndarray[Any, np.dtype[Any]]
Load = Callable[[], tuple[Array, Array]]

breast_cancer: Load = cache(data.breast_cancer)
diabetes: Load = cache(data.diabetes)
iris: Load = cache(data.iris)


@cache
def digits() -> tuple[Array, Array]:
    """Return the images and their digits mixed, since they come writer by writer and some are held out."""
    X, y = data.digits()
    order = np.random.default_rng(0).permutation(len(X))
    return X[order], y[order]
