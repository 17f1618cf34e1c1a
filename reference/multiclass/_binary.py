"""The binary learner of every reduction, and what all of them refuse."""

import torch
import torch.nn.functional as F


def require_classes(X, y):
    """Return how many classes `y` holds, or raise a ValueError for data that cannot be learned from."""
    classes = torch.unique(y)
    if X.dim() != 2 or y.shape != X.shape[:1] or not X.isfinite().all():
        raise ValueError("Expected finite X (N, d) and y (N,).")
    wanted = torch.arange(len(classes), device=y.device)
    if y.is_floating_point() or len(classes) < 2 or not torch.equal(classes, wanted):
        raise ValueError("Expected y to be integers that hold every class from 0 to C - 1, C at least 2.")
    return len(classes)


def least_squares(X, yes, alpha):
    """Return weights and bias from `torch.linalg.solve`, with 1 for the samples of `yes` (N,) and -1 for the others."""
    if not alpha > 0:
        raise ValueError("Expected alpha to be above 0.")
    A = F.pad(X, (0, 1), value=1.0)
    t = torch.where(yes, 1.0, -1.0).to(X.dtype)
    v = torch.linalg.solve(A.T @ A + alpha * torch.eye(A.shape[1], dtype=X.dtype, device=X.device), A.T @ t)
    return v[:-1], v[-1]


def stacked(learners):
    """Return the weights and the biases of these learners, a row a learner."""
    weights, biases = zip(*learners, strict=True)
    return torch.stack(weights), torch.stack(biases)


def scores(fitted, X):
    """Return `torch.nn.functional.linear`."""
    if not X.isfinite().all():
        raise ValueError("Expected X to be finite.")
    return F.linear(X, fitted.weight, fitted.bias)
