"""A sum of towers, a net of two hidden layers that comes near a given function of two variables.

Source: Nielsen, 2015, "Neural Networks and Deep Learning", chapter 4.

Formula: inside of a tower y is near its height, on the side that two share it is halfway between the two heights. In
the corner that four share each of them is near 0, and so is y, whatever the function: the largest error of all does not
shrink, only the holes do, which reach about ln(k) / k. Elsewhere the error shrinks with the towers.

    y = sum_m h_m s(k a_m),    s the sigmoid
    a_m = sum_i (s(k (x_i - l_mi)) - s(k (x_i - u_mi))) - 3/2,    i = 1, 2
    l is `low`, u is `high`, h is `height`, k is `steepness`

Gradient: a sum hands g = dL/dy to each of its terms. With s'(z) = s(z) s(-z), d_m = dL/d(k a_m) =
g h_m s(k a_m) s(-k a_m); with e_mi = (l_mi, u_mi), sign = (1, -1) and z_mij = k (x_i - e_mij), c_mij = dL/dz_mij =
d_m k sign_j s(z_mij) s(-z_mij). All towers share x and k, so dL/dx_i = k sum_mj c_mij and dL/dk = sum (sum_m d_m a_m +
sum_mij c_mij (x_i - e_mij)); of its own, each has dL/de_mij = -k sum c_mij and dL/dh_m = sum g s(k a_m). Sums without
an index are over every x.

Shapes: `input` (..., 2), output (...); `low` and `high` are (m, 2), `height` is (m,), `steepness` is a number.

Errors: ValueError for any other shape and for no tower. `of` raises it for a `per_side` of less than 1.

torch: has none; the twin is written with `torch.sigmoid`, all towers at once.

Example:

>>> two = np.array([[0.0, 0.0], [0.5, 0.0]]), np.array([[0.5, 1.0], [1.0, 1.0]]), np.array([1.0, 3.0]), np.array(100.0)
>>> forward(np.array([[0.2, 0.5], [0.5, 0.5], [0.8, 0.5]]), *two).round(3).tolist()
[1.0, 2.0, 3.0]
>>> backward(np.array([1.0]), np.array([[0.2, 0.5]]), *two).height.round(3).tolist()
[1.0, 0.0]
"""

import numpy as np

from scratch.approximation import tower
from scratch.approximation.tower import Gradients


def forward(input, low, high, height, steepness):
    """Return the sum of the towers at `input`."""
    return sum(tower.forward(input, lower, upper, h, steepness) for lower, upper, h in _each(low, high, height))


def backward(grad, input, low, high, height, steepness):
    """Return the gradients of `input`, `low`, `high`, `height` and `steepness`."""
    parts = [tower.backward(grad, input, lower, upper, h, steepness) for lower, upper, h in _each(low, high, height)]
    return Gradients(
        input=sum(p.input for p in parts),
        low=np.stack([p.low for p in parts]),
        high=np.stack([p.high for p in parts]),
        height=np.stack([p.height for p in parts]),
        steepness=sum(p.steepness for p in parts),
    )


def of(function, per_side):
    """Return low, high, height and steepness of `per_side` by `per_side` towers that come near a function.

    `function` takes points of the square, an array (m, 2), and is asked in the middle of every tower. The outermost
    sides stand one width outside. Steepness times width is 100, for small holes. ValueError unless `per_side` is at
    least 1.
    """
    if per_side < 1:
        raise ValueError(f"Expected per_side to be at least 1; got {per_side!r}.")
    corners = np.stack(np.meshgrid(*[np.arange(per_side)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    low = np.where(corners == 0, -1, corners) / per_side
    high = np.where(corners == per_side - 1, per_side + 1, corners + 1) / per_side
    return low, high, function((corners + 0.5) / per_side), 100.0 * per_side


def network(low, high, height, steepness):
    """Return the parameters W_1, b_1, W_2, b_2, W_3, b_3 of the sum of towers as a network of sigmoids."""
    dtype, m = low.dtype, len(low)
    first = np.tile(np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype), (m, 1)) * steepness
    second = np.kron(np.eye(m, dtype=dtype), np.array([1, -1, 1, -1], dtype)) * steepness
    edges = np.stack([low, high], axis=-1).ravel()
    biases = -steepness * edges, np.full(m, -1.5 * steepness, dtype), np.zeros(1, dtype)
    return [p for layer in zip((first, second, height[None]), biases, strict=True) for p in layer]


def _each(low, high, height):
    """Return low, high and height of every tower."""
    if not (low.shape == high.shape == (len(height), 2)) or len(height) == 0:
        shapes = low.shape, high.shape, height.shape
        raise ValueError(f"Expected low, high and height to have shapes (m, 2), (m, 2) and (m,), m > 0; got {shapes}.")
    return zip(low, high, height, strict=True)
