"""Multi-layer perceptron of any depth, with back-propagation by hand (Rumelhart, Hinton and Williams, 1986).

    o_0 = x,   a_l = o_{l-1} W_l' + b_l,   o_l = h_l(a_l) for l < L,   output o_L = a_L

Gradient, from the top down, with d_l = dL/da_l and sums over the samples: d_L = grad, dL/dW_l = d_l' o_{l-1},
dL/db_l = sum d_l, d_{l-1} = (d_l W_l) * h_{l-1}'(a_{l-1}). Every layer's weight is read before any is changed: the
layer below needs the old W_l.

Shapes: `input` (..., features), `parameters` W_1 (n_1, features), b_1 (n_1,), W_2 (n_2, n_1), ...; output (..., n_L). A
bias may be left out. `activation` is one name for all hidden layers, or a sequence of names, one for each. ValueError
for parameters that do not begin with a matrix or hold two vectors in a row, for an unknown activation, and for another
number of activations than of hidden layers.

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
    pre = _outputs(input, parameters, activation)
    layers = _layers(parameters)
    h = _activations(activation, len(layers) - 1)
    found: list = []
    for i in reversed(range(len(layers))):
        below = input if i == 0 else h[i - 1].forward(pre[i - 1])
        step = linear.backward(grad, below, *layers[i])
        found = [step.weight, *(() if step.bias is None else (step.bias,)), *found]
        grad = step.input if i == 0 else h[i - 1].backward(step.input, pre[i - 1])
    return Gradients(grad, tuple(found))


def value_and_grad(parameters, X, y, activation="relu"):
    """Return the mean loss on inputs `X` (N, features) and targets `y`, and its gradient by parameter.

    The loss is the cross-entropy for classes (N,), integers, and the squared error for numbers (N, n_L).
    """
    output = forward(X, *parameters, activation=activation)
    criterion = mse_loss if y.dtype.kind == "f" else cross_entropy
    slope = criterion.backward(np.ones((), output.dtype), output, y).input
    return criterion.forward(output, y), list(backward(slope, X, *parameters, activation=activation).parameters)


def init(sizes, rng, dtype="float64"):
    """Return weights uniform in +-1/sqrt(inputs of the layer), and biases likewise, as `torch.nn.Linear` starts."""
    parameters = []
    for inputs, outputs in pairwise(sizes):
        bound = inputs**-0.5
        parameters += [rng.uniform(-bound, bound, (outputs, inputs)), rng.uniform(-bound, bound, outputs)]
    return [p.astype(dtype) for p in parameters]


def fit(X, y, *, hidden=(32,), activation="relu", steps=300, batch_size=64, lr=0.1, momentum=0.9, seed=0):
    """Return the network trained on classes `y` by mini-batch gradient descent with momentum."""
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
