"""Multi-layer perceptron of any depth, with back-propagation by hand.

Source: Rumelhart, Hinton and Williams, 1986, doi:10.1038/323533a0.

Formula:

    o_0 = x,   a_l = o_{l-1} W_l' + b_l,   o_l = h_l(a_l) for l < L,   output o_L = a_L

Gradient: From the top down, with d_l = dL/da_l and d_L = grad: a_l depends on W_l through o_{l-1} W_l', so, summed over
the samples, dL/dW_l = d_l' o_{l-1} and dL/db_l = sum d_l. L depends on o_{l-1} through a_l alone, so
dL/do_{l-1} = d_l W_l and d_{l-1} = (d_l W_l) * h_{l-1}'(a_{l-1}), down to dL/dx = d_1 W_1. Every layer's weight is read
before any is changed: the layer below needs the old W_l. At its kink 0, relu has the derivative 0, and leaky_relu that
of its lower side.

Options:
    activation: the h_l: one name of `ACTIVATIONS` for all hidden layers, or a sequence of names, one for each.

Shapes: `input` (..., features), `parameters` W_1 (n_1, features), b_1 (n_1,), W_2 (n_2, n_1), ...; output (..., n_L). A
bias may be left out.

Errors: ValueError for parameters that do not begin with a matrix or hold two vectors in a row, for an unknown
activation, and for another number of activations than of hidden layers.

torch: has none; the twin is written with `linear` and torch's activations, which take the same at their kinks.

Example:

>>> x, eye = np.array([[1.0, -2.0]]), np.eye(2)
>>> forward(x, eye, np.zeros(2), eye, np.ones(2)).tolist()
[[2.0, 1.0]]
>>> backward(np.array([[1.0, 1.0]]), x, eye, np.zeros(2), eye, np.ones(2)).input.tolist()
[[1.0, 0.0]]
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from scratch.activations import gelu, identity, leaky_relu, relu, sigmoid, softplus, tanh
from scratch.layers import linear
from scratch.losses import cross_entropy, mse_loss
from scratch.optimizers import sgd

ACTIVATIONS = {
    "gelu": gelu,
    "identity": identity,
    "leaky_relu": leaky_relu,
    "relu": relu,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "tanh": tanh,
}


class Gradients(NamedTuple):
    """Gradients by input; those of the parameters in their order."""

    input: np.ndarray
    parameters: tuple[np.ndarray, ...]


class Fitted(NamedTuple):
    """The parameters after training, the activations, and the loss of every step."""

    parameters: tuple[np.ndarray, ...]
    activation: str | Sequence[str]
    losses: tuple[float, ...]


def forward(input, *parameters, activation="relu"):
    """Return the output of the network."""
    return _outputs(input, parameters, activation)[-1]


def backward(grad, input, *parameters, activation="relu"):
    """Return the gradients of `input` and of all parameters."""
    a = _outputs(input, parameters, activation)
    layers = _layers(parameters)
    h = _activations(activation, len(layers) - 1)
    d, parameter_grads = grad, ()
    for i in reversed(range(len(layers))):
        below = input if i == 0 else h[i - 1].forward(a[i - 1])
        grads = linear.backward(d, below, *layers[i])
        parameter_grads = (grads.weight, *(() if grads.bias is None else (grads.bias,)), *parameter_grads)
        d = grads.input if i == 0 else h[i - 1].backward(grads.input, a[i - 1])
    return Gradients(d, parameter_grads)


def value_and_grad(parameters, X, y, activation="relu"):
    """Return the mean loss on inputs `X` (N, features) and targets `y`, and its gradient by parameter.

    The loss is the cross-entropy for classes (N,), integers, and the squared error for numbers (N, n_L).
    """
    output = forward(X, *parameters, activation=activation)
    criterion = mse_loss if y.dtype.kind == "f" else cross_entropy
    grad = criterion.backward(np.ones((), output.dtype), output, y).input
    return criterion.forward(output, y), list(backward(grad, X, *parameters, activation=activation).parameters)


def init(sizes, rng, dtype="float64"):
    """Return weights uniform in +-1/sqrt(inputs of the layer), and biases likewise, as `torch.nn.Linear` starts."""
    parameters = []
    for inputs, outputs in pairwise(sizes):
        bound = inputs**-0.5
        parameters += [rng.uniform(-bound, bound, (outputs, inputs)), rng.uniform(-bound, bound, outputs)]
    return [p.astype(dtype) for p in parameters]


def fit(X, y, *, hidden=(32,), activation="relu", steps=300, batch_size=64, lr=0.1, momentum=0.9, seed=0):
    """Return the network trained on classes `y` by mini-batch gradient descent with momentum.

    `hidden` are the widths of the hidden layers. A step takes `batch_size` rows that the generator of `seed` draws.
    """
    rng = np.random.default_rng(seed)
    parameters = init((X.shape[1], *hidden, int(np.max(y)) + 1), rng, X.dtype)
    states = [sgd.init(p, lr, momentum) for p in parameters]
    losses = []
    for _ in range(steps):
        batch = rng.choice(len(X), batch_size, replace=False)
        loss, grads = value_and_grad(parameters, X[batch], y[batch], activation)
        stepped = [sgd.step(p, g, s, lr, momentum) for p, g, s in zip(parameters, grads, states, strict=True)]
        parameters, states = [p for p, _ in stepped], [s for _, s in stepped]
        losses.append(float(loss))
    return Fitted(tuple(parameters), activation, tuple(losses))


def predict(fitted, X):
    """Return the most probable class of each row of `X`."""
    return np.argmax(forward(X, *fitted.parameters, activation=fitted.activation), axis=-1)


def _activations(activation, hidden):
    """Return the activation of every hidden layer."""
    names = [activation] * hidden if isinstance(activation, str) else list(activation)
    if len(names) != hidden:
        raise ValueError(f"Expected activation to name {hidden}, one a hidden layer; got {len(names)}: {activation!r}.")
    for name in (activation,) if isinstance(activation, str) else names:
        if name not in ACTIVATIONS:
            raise ValueError(f"Expected activation to be one of {', '.join(ACTIVATIONS)}; got {name!r}.")
    return [ACTIVATIONS[name] for name in names]


def _layers(parameters):
    """Return the parameters by layer: a matrix, and its bias if there is one."""
    dimensions = [p.ndim for p in parameters]
    if dimensions[:1] != [2] or [1, 1] in map(list, pairwise(dimensions)):
        raise ValueError(
            f"Expected parameters to be matrices, each with its bias or none; got {dimensions} dimensions."
        )
    starts = [i for i, n in enumerate(dimensions) if n != 1]
    return [parameters[i:j] for i, j in pairwise([*starts, len(parameters)])]


def _outputs(input, parameters, activation):
    """Return a_1, ..., a_L: what every layer computes before its activation."""
    layers = _layers(parameters)
    outputs = [linear.forward(input, *layers[0])]
    for h, layer in zip(_activations(activation, len(layers) - 1), layers[1:], strict=True):
        outputs.append(linear.forward(h.forward(outputs[-1]), *layer))
    return outputs
