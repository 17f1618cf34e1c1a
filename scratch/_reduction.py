"""The three reductions of a loss, and what the loss of each sample receives of the gradient."""

import numpy as np

REDUCTIONS = ("none", "mean", "sum")


def require_reduction(reduction):
    """Raise a ValueError unless `reduction` is one that torch knows."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"Expected reduction to be one of {', '.join(REDUCTIONS)}; got {reduction!r}.")


def reduce(values, reduction, total=None):
    """Return `values`, their sum, or their sum divided by `total` (their number if not given; NaN for none)."""
    if reduction == "none":
        return values
    if reduction == "sum":
        return np.sum(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(np.sum(values), values.size if total is None else total, dtype=values.dtype)


def per_sample(grad, values, reduction, total=None):
    """Return what the loss of each sample receives of `grad`, the gradient of ``reduce(values, reduction, total)``."""
    if reduction == "none":
        return grad
    if reduction == "sum":
        return np.broadcast_to(grad, values.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.divide(grad, values.size if total is None else total, dtype=values.dtype)
    return np.broadcast_to(quotient, values.shape)
