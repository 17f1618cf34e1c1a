"""What the twins of the linear regressions share: what they refuse, their costs, and the Hessians by autograd."""

import torch
import torch.nn.functional as F


def require_finite(X, y):
    """Raise a ValueError for data that is empty or not finite."""
    if X.numel() == 0 or not (torch.isfinite(X).all() and torch.isfinite(y).all()):
        raise ValueError("Expected data, all of it finite.")


def require_independent(X):
    """Return the condition number of `X`, or raise a ValueError where its columns are dependent."""
    condition = torch.linalg.cond(X)
    if torch.linalg.matrix_rank(X) < X.shape[1]:
        raise ValueError(f"Expected independent columns; got condition number {condition:.3g}.")
    return condition


def squared_error(output, y, reduction):
    """Return the squared error of the output, reduced."""
    if reduction == "half_sum":
        return F.mse_loss(output, y, reduction="sum") / 2
    return F.mse_loss(output, y, reduction=reduction)


def penalized(values, alpha, penalty):
    """Return `alpha` times the mean, the sum or half the sum of `values`."""
    reduced = {"mean": values.mean(), "sum": values.sum(), "half_sum": values.sum() / 2}
    return alpha * reduced[penalty]


def factors(X, y, alpha, reduction, penalty):
    """Return what a square of the error, and what a value of the penalty, is multiplied by."""
    error, value = torch.zeros_like(y), torch.zeros_like(X[0])
    error[0] = value[0] = 1
    return squared_error(error, torch.zeros_like(y), reduction), penalized(value, alpha, penalty)


def guaranteed_lr(X, y, reduction):
    """Return one over the largest eigenvalue of the Hessian of the squared error."""
    hessian = torch.autograd.functional.hessian(lambda w: squared_error(X @ w, y, reduction), torch.zeros_like(X[0]))
    return 1 / torch.linalg.eigvalsh(hessian)[-1]
