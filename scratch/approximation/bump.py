"""A pair of steps, a bump: the smallest net of one hidden layer that is high in one place only.

Source: Nielsen, 2015, "Neural Networks and Deep Learning", chapter 4; the theorem: Cybenko, 1989,
doi:10.1007/BF02551274.

Formula: two sigmoids and a sum. With w = (100, 100), b = (-20, -40) and v = (1, -1) it is 1 from 0.2 to 0.4, and near 0
elsewhere.

    y = v_1 s(w_1 x + b_1) + v_2 s(w_2 x + b_2),    s the sigmoid,    w is `weight`, b is `bias`, v is `out`

Gradient: with z_i = w_i x + b_i, s'(z_i) = s(z_i) s(-z_i) and g = dL/dy, d_i = dL/dz_i = g v_i s(z_i) s(-z_i). So
dL/dx = sum_i d_i w_i, and summed over every x, dL/dw_i = sum d_i x, dL/db_i = sum d_i, dL/dv_i = sum g s(z_i).

Shapes: `input` and the output have one shape, any; `weight`, `bias` and `out` are (2,).

Errors: ValueError for a `weight`, `bias` or `out` of another shape.

torch: has none; the twin is written with `torch.sigmoid`.

Example:

>>> pair = np.array([100.0, 100.0]), np.array([-20.0, -40.0]), np.array([1.0, -1.0])
>>> forward(np.array([0.1, 0.2, 0.3, 0.4, 0.5]), *pair).round(3).tolist()
[0.0, 0.5, 1.0, 0.5, 0.0]
>>> backward(np.array([1.0]), np.array([0.4]), *pair).out.round(3).tolist()
[1.0, 0.5]
"""

from typing import NamedTuple

import numpy as np

from scratch.activations import sigmoid


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    out: np.ndarray


def forward(input, weight, bias, out):
    """Return the bump of `input`, elementwise."""
    return sigmoid.forward(_arguments(input, weight, bias, out)) @ out


def backward(grad, input, weight, bias, out):
    """Return the gradients of `input`, `weight`, `bias` and `out`."""
    z, g, samples = _arguments(input, weight, bias, out), grad[..., None], tuple(range(grad.ndim))
    slope = sigmoid.backward(g * out, z)
    return Gradients(
        input=slope @ weight,
        weight=np.sum(slope * input[..., None], axis=samples),
        bias=np.sum(slope, axis=samples),
        out=np.sum(g * sigmoid.forward(z), axis=samples),
    )


def _arguments(input, weight, bias, out):
    """Return z_1 and z_2 of every x, along a last dimension."""
    for name, value in (("weight", weight), ("bias", bias), ("out", out)):
        if np.shape(value) != (2,):
            raise ValueError(f"Expected {name} to have shape (2,); got {np.shape(value)}.")
    return input[..., None] * weight + bias
