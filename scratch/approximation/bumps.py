"""A sum of bumps, a net of one hidden layer that comes near a given function.

Source: Nielsen, 2015, "Neural Networks and Deep Learning", chapter 4; the theorem: Cybenko, 1989,
doi:10.1007/BF02551274.

Formula: bump n is h_n high from e_n1 to e_n2. It takes two hidden units, with w = k, b = -k e and out h_n and -h_n.
Where one bump ends and the next begins, y is halfway between the two heights.

    y = sum_n h_n (s(k (x - e_n1)) - s(k (x - e_n2))),    s the sigmoid
    e is `edges`, h is `heights`, k is `steepness`

Gradient: with z_nj = k (x - e_nj), sign_1 = 1, sign_2 = -1, s'(z) = s(z) s(-z) and g = dL/dy, d_nj = dL/dz_nj =
g h_n sign_j s(z_nj) s(-z_nj). So dL/dx = k sum_nj d_nj, dL/de_nj = -k sum d_nj, dL/dk = sum (sum_nj d_nj (x - e_nj))
and dL/dh_n = sum g (s(z_n1) - s(z_n2)). Sums without an index are over every x.

Shapes: `input` and the output have one shape, any; `edges` is (n, 2), `heights` is (n,), `steepness` is a number.

Errors: ValueError for `edges`, `heights` or a `steepness` of other shapes. `of` raises it for `units` that are odd or
less than 2.

torch: has none; the twin is written with `torch.sigmoid`.

Example:

>>> two = np.array([[0.2, 0.4], [0.6, 0.8]]), np.array([1.0, 2.0]), np.array(100.0)
>>> forward(np.array([0.1, 0.3, 0.5, 0.7, 0.8]), *two).round(3).tolist()
[0.0, 1.0, 0.0, 2.0, 1.0]
>>> backward(np.array([1.0]), np.array([0.6]), *two).heights.round(3).tolist()
[0.0, 0.5]
>>> [p.round(3).tolist() for p in network(*two)[:3]]
[[[100.0], [100.0], [100.0], [100.0]], [-20.0, -40.0, -60.0, -80.0], [[1.0, -1.0, 2.0, -2.0]]]
"""

from typing import NamedTuple

import numpy as np

from scratch.activations import sigmoid


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    edges: np.ndarray
    heights: np.ndarray
    steepness: np.ndarray


def forward(input, edges, heights, steepness):
    """Return the sum of the bumps of `input`, elementwise."""
    return _bumps(steepness * _beyond(input, edges, heights, steepness)) @ heights


def backward(grad, input, edges, heights, steepness):
    """Return the gradients of `input`, `edges`, `heights` and `steepness`."""
    beyond, g, samples = _beyond(input, edges, heights, steepness), grad[..., None], tuple(range(grad.ndim))
    up = g * heights
    slope = sigmoid.backward(np.stack([up, -up], axis=-1), steepness * beyond)
    return Gradients(
        input=steepness * np.sum(slope, axis=(-2, -1)),
        edges=-steepness * np.sum(slope, axis=samples),
        heights=np.sum(g * _bumps(steepness * beyond), axis=samples),
        steepness=np.sum(slope * beyond),
    )


def of(function, units):
    """Return the edges, heights and steepness of bumps of equal width, two units each, that come near a function.

    `function` takes points of [0, 1], an array, and is asked in the middle of every bump. The outermost edges stand
    one width outside, so that 0 and 1 are inside a bump. Steepness times width is 20, as for a bump from 0.2 to 0.4
    with w = 100. ValueError unless `units` is an even number of at least 2.
    """
    if units < 2 or units % 2:
        raise ValueError(f"Expected units to be an even number of at least 2; got {units!r}.")
    n = units // 2
    ends = np.arange(n + 1) / n
    middles = (ends[:-1] + ends[1:]) / 2
    ends[[0, -1]] += -1 / n, 1 / n
    return np.stack([ends[:-1], ends[1:]], axis=-1), function(middles), 20.0 * n


def network(edges, heights, steepness):
    """Return the parameters W_1, b_1, W_2, b_2 of the sum of bumps as a network of sigmoids on inputs (..., 1)."""
    biases = -steepness * edges.ravel()
    out = np.stack([heights, -heights], axis=-1).reshape(1, -1)
    return [np.full((biases.size, 1), steepness, edges.dtype), biases, out, np.zeros(1, edges.dtype)]


def _beyond(input, edges, heights, steepness):
    """Return how far every x is beyond every edge, (..., n, 2)."""
    if edges.ndim != 2 or edges.shape != (*heights.shape, 2) or np.ndim(steepness):
        shapes = edges.shape, heights.shape, np.shape(steepness)
        raise ValueError(f"Expected edges, heights and steepness to have shapes (n, 2), (n,) and (); got {shapes}.")
    return input[..., None, None] - edges


def _bumps(z):
    """Return every bump at height 1."""
    steps = sigmoid.forward(z)
    return steps[..., 0] - steps[..., 1]
