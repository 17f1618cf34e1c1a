"""A recurrent classifier of sequences: an LSTM with dropout above it.

Source: Zaremba, Sutskever and Vinyals, 2014, arXiv:1409.2329.

Formula:

    y = V dropout(h_T) + b,   h_T the last hidden state of lstm over x_1 ... x_T, from states of zeros

Dropout stands between layers, not between steps, where it would wipe out what the LSTM remembers.

Gradient: Every layer's own, from the top down: dL/db = sum grad and dL/dV = grad' dropout(h_T). dropout(h_T) is
m h_T / (1 - p) with the mask m, so dL/dh_T = m / (1 - p) * (grad V). The output takes the last hidden state alone, so
back-propagation through time begins with that, and zeros for the outputs and the last cell.

Options:
    p: the probability with which the mask was drawn; what is kept is divided by 1 - p.
    mask: which elements of h_T are kept; None drops nothing.

Shapes: `input` (N, T, F) or (T, F), `parameters` W_ih (4 H, F), W_hh (4 H, H), b_ih and b_hh (4 H,), V (classes, H) and
b (classes,); output (N, classes) or (classes,). `mask` is True where an element of h_T, (N, H) or (H,), is kept.

Errors: ValueError for another number of parameters, shapes that do not fit, a sequence of no steps, and p outside
[0, 1]; TypeError for a mask that is not boolean.

torch: has none; the twin is written with `linear` and the twins of `lstm` and of `dropout`, which takes its mask.

Example:

>>> rng = np.random.default_rng(0)
>>> x, parameters = rng.standard_normal((5, 4, 2)), init(2, 3, 2, rng)
>>> forward(x, *parameters).shape
(5, 2)
>>> forward(x[0], *parameters, mask=np.zeros(3, bool)).tolist() == parameters[-1].tolist()
True
>>> backward(np.ones((5, 2)), x, *parameters).parameters[-1].tolist()
[5.0, 5.0]
"""

from typing import NamedTuple

import numpy as np

from scratch.layers import dropout, linear, lstm
from scratch.losses import cross_entropy
from scratch.optimizers import rmsprop
from scratch.schedulers import exponential_lr


class Gradients(NamedTuple):
    """Gradients by input; those of the parameters in their order."""

    input: np.ndarray
    parameters: tuple[np.ndarray, ...]


class Fitted(NamedTuple):
    """The parameters after training, and the loss of every step."""

    parameters: tuple[np.ndarray, ...]
    losses: tuple[float, ...]


def forward(input, *parameters, p=0.25, mask=None):
    """Return the output of the network."""
    _, hidden, _ = lstm.forward(*_sequence(input, parameters))
    return linear.forward(dropout.forward(hidden, p, mask is not None, mask), *parameters[4:])


def backward(grad, input, *parameters, p=0.25, mask=None):
    """Return the gradients of `input` and of all parameters."""
    sequence = _sequence(input, parameters)
    output, hidden, cell = lstm.forward(*sequence)
    top = linear.backward(grad, dropout.forward(hidden, p, mask is not None, mask), *parameters[4:])
    hidden_grad = dropout.backward(top.input, hidden, p, mask is not None, mask)
    below = lstm.backward((np.zeros_like(output), hidden_grad, np.zeros_like(cell)), *sequence)
    return Gradients(np.moveaxis(below.input, 0, -2).copy(), (*below[3:], top.weight, top.bias))


def value_and_grad(parameters, X, y, mask=None, p=0.25):
    """Return the mean cross-entropy of classes `y` (N,) on sequences `X` (N, T, F), and its gradient by parameter."""
    logits = forward(X, *parameters, p=p, mask=mask)
    grad = cross_entropy.backward(np.ones((), logits.dtype), logits, y).input
    return cross_entropy.forward(logits, y), list(backward(grad, X, *parameters, p=p, mask=mask).parameters)


def init(features, hidden, classes, rng, dtype="float64"):
    """Return weights and biases uniform in +-1/sqrt(hidden), as torch's layers start."""
    bound, gates = hidden**-0.5, 4 * hidden
    shapes = (gates, features), (gates, hidden), (gates,), (gates,), (classes, hidden), (classes,)
    return [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]


def fit(X, y, *, hidden=16, p=0.25, steps=200, batch_size=16, lr=0.01, gamma=0.995, seed=0):
    """Return the network trained on classes `y` by RMSprop, at a learning rate that decays by `gamma` every step.

    `hidden` is the width of the state. A step takes `batch_size` sequences that the generator of `seed` draws.
    """
    rng = np.random.default_rng(seed)
    parameters = init(X.shape[-1], hidden, int(np.max(y)) + 1, rng, X.dtype)
    states = [rmsprop.init(q) for q in parameters]
    losses = []
    for t in range(steps):
        batch = rng.choice(len(X), batch_size, replace=False)
        mask = rng.random((batch_size, hidden)) >= p
        loss, grads = value_and_grad(parameters, X[batch], y[batch], mask, p)
        rate = exponential_lr.lr(t, base_lr=lr, gamma=gamma)
        stepped = [rmsprop.step(q, g, s, rate) for q, g, s in zip(parameters, grads, states, strict=True)]
        parameters, states = [q for q, _ in stepped], [s for _, s in stepped]
        losses.append(float(loss))
    return Fitted(tuple(parameters), tuple(losses))


def predict(fitted, X):
    """Return the most probable class of each sequence of `X`."""
    return np.argmax(forward(X, *fitted.parameters), axis=-1)


def _sequence(input, parameters):
    """Return what the LSTM takes: the input by steps, states of zeros, and its parameters."""
    if len(parameters) != 6:
        raise ValueError(f"Expected parameters to be four of the LSTM, weight and bias; got {len(parameters)} arrays.")
    if input.ndim not in (2, 3):
        raise ValueError(f"Expected input to have shape (N, T, F) or (T, F); got {input.shape}.")
    zero = np.zeros((*input.shape[:-2], parameters[1].shape[-1]), input.dtype)
    return np.moveaxis(input, -2, 0), zero, zero, *parameters[:4]
