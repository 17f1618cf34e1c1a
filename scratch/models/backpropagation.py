"""Back-propagation one sample at a time, in the form of the lectures.

Source: Rumelhart, Hinton and Williams, 1986, doi:10.1038/323533a0.

Formula:

    o_0 = x,   a_l = W_l o_{l-1},   o_l = h_l(a_l),   F = ||o_L - y||^2
    W_l <- W_l - lr dF/dW_l                 for one sample, whose number is the next of `order`

Gradient: With d_l = dF/da_l, from the top down, dF/do_L = 2 (o_L - y) and d_L = 2 (o_L - y) * h_L'(a_L). Below, F
depends on a_l through a_{l+1} = W_{l+1} h_l(a_l) alone, so dF/do_l = W_{l+1}' d_{l+1} and d_l = dF/do_l * h_l'(a_l).
Then dF/dW_l = d_l o_{l-1}'. At its kink 0, relu has the derivative 0.

The gradients of all layers are taken at the old weights before any is changed: d_l needs the old W_{l+1}. F is neither
halved nor averaged; the gradients of all samples add up to that of the sum over the samples.

Options:
    lr: the learning rate.
    activations: the h_l, names of `ACTIVATIONS`, one a layer.

Shapes: `X` (N, features), `y` (N, n_L), `order` (steps,), W_1 (n_1, features), W_2 (n_2, n_1), ...; `value_and_grad`
takes one row of each. There are no biases: a column of ones in `X` is one.

Errors: ValueError for shapes that do not fit, no weights, an unknown activation or another number of them, samples that
are not there, data that are not finite, and a negative lr.

torch: has none; the twin is written with `linear`, `mse_loss` and `torch.optim.SGD`. Its relu, too, has 0 at its kink.

Example:

>>> x, y, eye = np.array([1.0, 2.0]), np.array([0.0, 1.0]), np.eye(2)
>>> cost, grads = value_and_grad([eye, eye], x, y, ("identity", "identity"))
>>> float(cost), grads[0].tolist()
(2.0, [[2.0, 4.0], [2.0, 4.0]])
>>> fit(x[np.newaxis], y[np.newaxis], np.array([0]), 0 * eye, lr=0.5, activations=("identity",)).weights[0].tolist()
[[0.0, 0.0], [1.0, 2.0]]
"""

from typing import NamedTuple

import numpy as np

from scratch.activations import identity, relu, sigmoid, tanh

ACTIVATIONS = {"identity": identity, "relu": relu, "sigmoid": sigmoid, "tanh": tanh}


class Fitted(NamedTuple):
    """The weights after training, and the activations."""

    weights: tuple[np.ndarray, ...]
    activations: tuple[str, ...]


def value_and_grad(parameters, X, y, activations=("sigmoid", "identity")):
    """Return the squared error of one sample `X` (features,), `y` (n_L,), and its gradient by weight."""
    hs = _activations(activations, parameters)
    before, outputs = _layers(parameters, hs, X)
    if y.shape != outputs[-1].shape:
        raise ValueError(f"Expected y to have the shape of the output, {outputs[-1].shape}; got {y.shape}.")
    error = outputs[-1] - y
    grads: list = []
    output_grad = 2 * error
    for weight, h, a, below in reversed(list(zip(parameters, hs, before, outputs[:-1], strict=True))):
        d = h.backward(output_grad, a)
        grads.insert(0, np.outer(d, below))
        output_grad = weight.T @ d
    return np.sum(np.square(error)), grads


def fit(X, y, order, *start, lr=0.1, activations=("sigmoid", "identity")):
    """Return the network after a step on each sample of `order`, from the weights `start`."""
    _require_data(X, y, order, lr)
    _activations(activations, start)
    weights = [w.copy() for w in start]
    for n in order:
        _, grads = value_and_grad(weights, X[n], y[n], activations)
        weights = [w - lr * g for w, g in zip(weights, grads, strict=True)]
    return Fitted(tuple(weights), tuple(activations))


def predict(fitted, X):
    """Return the outputs for the rows of `X`."""
    hs = _activations(fitted.activations, fitted.weights)
    return _layers(fitted.weights, hs, X)[1][-1]


def _activations(names, weights):
    if not len(weights) or len(names) != len(weights):
        raise ValueError(f"Expected a weight or more, an activation for each; got {len(weights)} and {len(names)}.")
    for name in names:
        if name not in ACTIVATIONS:
            raise ValueError(f"Expected activations to be among {', '.join(ACTIVATIONS)}; got {name!r}.")
    return [ACTIVATIONS[name] for name in names]


def _layers(weights, hs, x):
    """Return a_1, ..., a_L and o_0, ..., o_L."""
    before, outputs = [], [x]
    for weight, h in zip(weights, hs, strict=True):
        before.append(outputs[-1] @ weight.T)
        outputs.append(h.forward(before[-1]))
    return before, outputs


def _require_data(X, y, order, lr):
    if X.ndim != 2 or y.ndim != 2 or len(X) != len(y):
        raise ValueError(f"Expected X (N, features) and y (N, outputs); got {X.shape} and {y.shape}.")
    if not (np.all(np.isfinite(X)) and np.all(np.isfinite(y))):
        raise ValueError("Expected X and y to be finite; got NaN or infinity.")
    if order.ndim != 1 or order.dtype.kind not in "iu" or not np.all((order >= 0) & (order < len(X))):
        raise ValueError(f"Expected order to hold whole numbers from 0 to {len(X) - 1}; got {order}.")
    if not lr >= 0:
        raise ValueError(f"Expected lr to be at least 0; got {lr}.")
