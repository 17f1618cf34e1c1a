"""Sparse start, torch's `sparse_`.

Source: Martens, 2010, "Deep Learning via Hessian-Free Optimization", ICML.

Formula:

    W = std z,   but 0 in the first ceil(sparsity m) of the rows in an order of each column's own

z is `draw`, of mean 0 and variance 1, and m the number of rows.

Derivation: the sum that a unit receives holds few terms, however many units feed it. So units saturate less, and differ
more.

Options:
    std: the standard deviation of what is not 0.
    draw: z; None is refused.
    rows: the orders, a permutation of 0 to m - 1 in every column; None is refused.

Shapes: `tensor`, `draw`, `rows` and the result are (m, n).

Errors: ValueError for another number of dimensions, a `sparsity` that is not finite, a negative `std`, a draw that is
missing or of another shape, and rows that are no permutations of it.

torch: draws z and the orders itself, the orders without its `generator`, which therefore repeats only z; the twin hands
it both. sparsity m is rounded before it is rounded up, in both: 0.07 of 100 are 8; and a negative `sparsity` leaves
-sparsity m rows, not all.

Example:

>>> forward(np.zeros((2, 1)), 0.5, 2.0, draw=np.array([[1.0], [-1.0]]), rows=np.array([[1], [0]])).tolist()
[[2.0], [0.0]]
"""

import math

import numpy as np

from scratch.init import normal


def forward(tensor, sparsity, std=0.01, draw=None, rows=None):
    """Return numbers around 0, some in every column exactly 0."""
    if tensor.ndim != 2:
        raise ValueError(f"Expected tensor to have two dimensions; got {tensor.shape}.")
    if not math.isfinite(sparsity):
        raise ValueError(f"Expected sparsity to be finite; got {sparsity!r}.")
    weight = normal.forward(tensor, 0.0, std, draw)
    if rows is None or rows.shape != tensor.shape:
        raise ValueError(
            f"Expected rows in the shape of tensor, {tensor.shape}; got {None if rows is None else rows.shape}."
        )
    if not np.array_equal(np.sort(rows, axis=0), np.indices(rows.shape)[0]):
        raise ValueError("Expected rows to be a permutation in every column; got others.")
    np.put_along_axis(weight, rows[: math.ceil(sparsity * len(tensor))], 0.0, axis=0)
    return weight
