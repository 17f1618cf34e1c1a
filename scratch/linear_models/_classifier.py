"""What the linear classifiers share: checks of the data, the penalty, and gradient descent.

The cost is a loss of the logits Z = X W' + b, reduced over the N samples, plus (weight_decay / 2) sum W^2. With A the
matrix X and a column of ones, and c the largest second derivative of one sample's loss in its logits, its second
derivatives are at most L = c |A|^2 + weight_decay for a sum and L = c |A|^2 / N + weight_decay for a mean, where |A| is
the largest singular value. No step of 1 / L along the gradient of the whole cost makes it larger.
"""

import numpy as np

from scratch.layers import linear
from scratch.linear_models._batches import require_batches
from scratch.optimizers._require import require_at_least

REDUCTIONS = ("mean", "sum")


def require_one_of(name, value, allowed):
    """Raise a ValueError unless `value` is one of those allowed."""
    if value not in allowed:
        raise ValueError(f"Expected {name} to be one of {', '.join(map(repr, allowed))}; got {value!r}.")


def require_data(X, y):
    """Raise a ValueError unless `X` is a matrix of finite numbers and `y` has a label for each of its rows."""
    if X.ndim != 2 or X.dtype.kind != "f":
        raise ValueError(f"Expected X to be a matrix of floating numbers; got {X.dtype} of shape {X.shape}.")
    if len(y) != len(X):
        raise ValueError(f"Expected y to have {len(X)} labels, one for each row of X; got {len(y)}.")
    if not np.all(np.isfinite(X)):
        raise ValueError(f"Expected X to hold finite numbers; got {X[~np.isfinite(X)][0]}.")


def with_ones(X):
    """Return the matrix and a column of ones."""
    return np.column_stack([X, np.ones(len(X), X.dtype)])


def penalized(cost, d, X, parameters, weight_decay):
    """Return a cost and its gradients, given its part of the data and the derivative `d` of that by the logits."""
    weight, bias = parameters
    grads = linear.backward(d, X, weight, bias)
    return cost + weight_decay / 2 * np.sum(weight * weight), [grads.weight + weight_decay * weight, grads.bias]


def descend(value_and_grad, outputs, X, y, batches, lr, steps):
    """Return weight and bias after a step for each batch, or `steps` on all rows; and the cost and its gradient's norm.

    Both start at 0, and the bias has the shape `outputs`. The cost and the norm are those of all rows.
    """
    parameters = [np.zeros((*outputs, X.shape[1]), X.dtype), np.zeros(outputs, X.dtype)]
    for rows in [slice(None)] * steps if batches is None else batches:
        _, grads = value_and_grad(parameters, X[rows], y[rows])
        parameters = [p - lr * g for p, g in zip(parameters, grads, strict=True)]
    cost, grads = value_and_grad(parameters, X, y)
    return *parameters, cost, np.sqrt(sum(np.sum(g * g) for g in grads))


def step_size(X, batches, lr, curvature, weight_decay, samples):
    """Return `lr`, or the step 1 / L of the whole cost, the sum over the samples divided by `samples`."""
    require_at_least(0, weight_decay=weight_decay)
    require_batches(batches, len(X), lr)
    if lr is None:
        return 1 / (curvature * float(np.linalg.norm(with_ones(X), 2)) ** 2 / samples + weight_decay)
    require_at_least(0, lr=lr)
    return float(lr)
