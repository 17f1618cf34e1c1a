"""Powers of one variable, the features of a polynomial.

Source: Gergonne, 1815; the sum from the highest power down: Horner, 1819.

Formula: n is the `degree`; with `constant`, y is a row of the matrix of Vandermonde. A polynomial
w_0 + w_1 x + ... + w_n x^n is linear in w; w_0 is the weight of the constant, or a bias.

    y = (x, x^2, ..., x^n),    or (1, x, ..., x^n) with `constant`

Gradient: d(x^k)/dx = k x^(k-1), so with g_k the gradient of x^k, dL/dx = sum_k g_k k x^(k-1). Horner's rule sums it
from the highest power down: total <- total x + k g_k for k = n, ..., 1.

Options:
    constant: True puts a column of ones before the powers.

Shapes: `input` (N,) or (N, 1), output (N, n) or, with `constant`, (N, n + 1).

Errors: ValueError for other shapes and for a `degree` of less than 1.

torch: its `linalg.vander` is the one with the constant; the twin takes the ones off unless they are asked for.

Example:

>>> forward(np.array([2.0, -1.0]), degree=3).tolist()
[[2.0, 4.0, 8.0], [-1.0, 1.0, -1.0]]
>>> forward(np.array([2.0]), degree=2, constant=True).tolist()
[[1.0, 2.0, 4.0]]
>>> backward(np.array([[1.0, 1.0, 1.0]]), np.array([2.0]), degree=3).tolist()
[17.0]
"""

import numpy as np


def forward(input, degree, constant=False):
    """Return the powers of `input`, one column a power."""
    _require(input, degree)
    powers = np.repeat(input.reshape(-1, 1), degree + constant, axis=1)
    if constant:
        powers[:, 0] = 1
    return np.cumprod(powers, axis=1)


def backward(grad, input, degree, constant=False):
    """Return the gradient of `input`."""
    _require(input, degree)
    x, total = input.reshape(-1), np.zeros(input.size, input.dtype)
    for k in range(degree, 0, -1):
        total = total * x + k * grad[:, k - 1 + constant]
    return total.reshape(input.shape)


def _require(input, degree):
    if input.ndim not in (1, 2) or input.shape[1:] not in ((), (1,)):
        raise ValueError(f"Expected input to have shape (N,) or (N, 1); got {input.shape}.")
    if degree < 1:
        raise ValueError(f"Expected degree to be at least 1; got {degree!r}.")
