"""A draw from given weights by a given uniform number: the inverse of the cumulative sum."""

import numpy as np


def require_uniform(scores, uniform):
    """Raise a ValueError unless `scores` are finite (N, C) and `uniform` holds N numbers from [0, 1)."""
    if scores.ndim != 2 or not scores.shape[1] or uniform.shape != scores.shape[:1]:
        got = f"{scores.shape} and {uniform.shape}"
        raise ValueError(f"Expected scores (N, C) of at least one class and uniform (N,); got {got}.")
    if not np.all(np.isfinite(scores)):
        raise ValueError("Expected scores to be finite; got NaN or an infinity.")
    if not np.all((uniform >= 0) & (uniform < 1)):
        raise ValueError("Expected uniform to be at least 0 and below 1; got another number.")


def drawn(weights, uniform):
    """Return the first class of each row at which the cumulative sum of the weights exceeds `uniform` times the last.

    As `uniform` is below 1, so is that product below the last sum, rounded too: no class of weight 0 is drawn.
    """
    cumulative = np.cumsum(weights, axis=1, dtype=weights.dtype)
    return np.sum(cumulative <= uniform[:, np.newaxis] * cumulative[:, -1:], axis=1)
