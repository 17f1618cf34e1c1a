"""Functions of JAX with a rule of their own for derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn.functional import log_softmax

from scripts.measure.published import twins
from scripts.measure.published.entry import Entry

__all__ = ["ENTRIES"]


def _line(rng: np.random.Generator) -> list[Any]:
    return [rng.standard_normal(17)]


def _sparse_plus(x: Any) -> Any:
    return torch.where(x <= -1, 0 * x, torch.where(x >= 1, x, (x + 1) ** 2 / 4))


ENTRIES = (
    Entry("optax", "optax.projections:projection_simplex", twins.sparsemax, _line, "17"),
    Entry("jaxopt", "jaxopt.projection:projection_simplex", twins.sparsemax, _line, "17"),
    Entry(
        "optax",
        "optax.losses._classification:weighted_logsoftmax",
        lambda x, weights: weights * log_softmax(x, -1),
        lambda rng: [rng.standard_normal((5, 7)), np.abs(rng.standard_normal((5, 7)))],
        "5 x 7",
    ),
    Entry("jaxopt", "jaxopt.isotonic:isotonic_l2_pav", lambda y: -(-y).cummax(0).values, _line, "17"),
    Entry("jax", "jax.nn:sparse_plus", _sparse_plus, _line, "17"),
)
