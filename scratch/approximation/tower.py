"""A tower over a rectangle: a net of two hidden layers that is high where both of two bumps are.

Source: Nielsen, 2015, "Neural Networks and Deep Learning", chapter 4.

Formula: the second layer is a step that the sum of the four steps passes only where both bumps are high. The sum is 2
inside of the rectangle, 1 where only one coordinate is, 0 elsewhere. On its sides, a = 0 and y = h / 2; in its corners,
a = -1/2 and y is near 0.

    a = s(k (x_1 - l_1)) - s(k (x_1 - u_1)) + s(k (x_2 - l_2)) - s(k (x_2 - u_2)) - 3/2,    s the sigmoid
    y = h s(k a)
    l is `low`, u is `high`, h is `height`, k is `steepness`

Gradient: with s'(z) = s(z) s(-z) and g = dL/dy, d = dL/d(k a) = g h s(k a) s(-k a). With e_i = (l_i, u_i),
sign = (1, -1) and z_ij = k (x_i - e_ij), c_ij = dL/dz_ij = d k sign_j s(z_ij) s(-z_ij). So dL/dx_i = k sum_j c_ij, and
summed over every x, dL/de_ij = -k sum c_ij and dL/dh = sum g s(k a); k stands in both layers, so
dL/dk = sum (d a + sum_ij c_ij (x_i - e_ij)).

Shapes: `input` (..., 2), output (...); `low` and `high` are (2,), `height` and `steepness` are numbers.

Errors: ValueError for any other shape.

torch: has none; the twin is written with `torch.sigmoid`.

Example:

>>> place = np.array([0.2, 0.2]), np.array([0.4, 0.6]), np.array(3.0), np.array(100.0)
>>> forward(np.array([[0.3, 0.4], [0.3, 0.8], [0.2, 0.4], [0.2, 0.2]]), *place).round(3).tolist()
[3.0, 0.0, 1.5, 0.0]
>>> backward(np.array([1.0]), np.array([[0.2, 0.4]]), *place).height.round(3).tolist()
0.5
"""

from typing import NamedTuple

import numpy as np

from scratch.activations import sigmoid


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    low: np.ndarray
    high: np.ndarray
    height: np.ndarray
    steepness: np.ndarray


def forward(input, low, high, height, steepness):
    """Return the tower at `input`."""
    return height * sigmoid.forward(steepness * _inside(_beyond(input, low, high, height, steepness), steepness))


def backward(grad, input, low, high, height, steepness):
    """Return the gradients of `input`, `low`, `high`, `height` and `steepness`."""
    beyond, samples = _beyond(input, low, high, height, steepness), tuple(range(grad.ndim))
    a = _inside(beyond, steepness)
    d = sigmoid.backward(grad * height, steepness * a)
    up = (d * steepness)[..., None]
    c = sigmoid.backward(np.stack([up, -up], axis=-1), steepness * beyond)
    below, above = -steepness * np.moveaxis(np.sum(c, axis=samples), -1, 0)
    return Gradients(
        input=steepness * np.sum(c, axis=-1),
        low=below,
        high=above,
        height=np.sum(grad * sigmoid.forward(steepness * a)),
        steepness=np.sum(d * a) + np.sum(c * beyond),
    )


def _beyond(input, low, high, height, steepness):
    """Return how far every coordinate is beyond both of its edges, (..., 2, 2)."""
    for name, value, shape in (
        ("input", input, (*input.shape[:-1], 2)),
        ("low", low, (2,)),
        ("high", high, (2,)),
        ("height", height, ()),
        ("steepness", steepness, ()),
    ):
        if np.shape(value) != shape:
            raise ValueError(f"Expected {name} to have shape {shape}; got {np.shape(value)}.")
    return input[..., None] - np.stack([low, high], axis=-1)


def _inside(beyond, steepness):
    """Return a: above 0 inside of the rectangle, below 0 outside."""
    steps = sigmoid.forward(steepness * beyond)
    return np.sum(steps[..., 0] - steps[..., 1], axis=-1) - 1.5
