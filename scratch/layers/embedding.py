"""Rows of a table, looked up by index, torch's `embedding`.

Source: the definition in PyTorch's documentation.

Formula:

    y = W_t        for every index t of the input

Gradient: y is row t of W itself, so each place where t stands adds its dL/dy to dL/dW_t. With `scale_grad_by_freq` that
sum is divided by the number of those places. The row `padding_idx` has no gradient. The indices have none.

Options:
    padding_idx: a row that gets no gradient; a negative one counts from the end, None is no row.
    max_norm: refused, unless None.
    norm_type: which norm `max_norm` bounds; of no use without it.
    scale_grad_by_freq: divide the gradient of a row by how often it is looked up.
    sparse: how torch stores the gradient; here it is an array either way.

Shapes: `input` is any, int32 or int64, `weight` (rows, size); the output is (*input, size).

Errors: TypeError for other indices. ValueError for an index or a padding row out of range, a negative index, a weight
that is no matrix, and for a `max_norm`.

torch: shrinks rows of the weight in place if it is given `max_norm`.

Example:

>>> forward(np.array([1, 0, 1]), np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
[[3.0, 4.0], [1.0, 2.0], [3.0, 4.0]]
>>> backward(np.ones((3, 2)), np.array([1, 0, 1]), np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
[[1.0, 1.0], [2.0, 2.0]]
"""

import numpy as np


def forward(
    input,
    weight,
    padding_idx=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    sparse=False,
):
    """Return the rows of `weight` that `input` names."""
    _require(input, weight, padding_idx, max_norm)
    return weight[input].copy()


def backward(
    grad,
    input,
    weight,
    padding_idx=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    sparse=False,
):
    """Return the gradient of `weight`."""
    _require(input, weight, padding_idx, max_norm)
    total = np.zeros_like(weight)
    np.add.at(total, input, grad)  # total[input] += grad would add once for an index that is repeated
    if scale_grad_by_freq:
        frequency = np.bincount(input.reshape(-1), minlength=len(weight))[:, np.newaxis]
        total = np.divide(total, np.maximum(frequency, 1), dtype=weight.dtype)
    if padding_idx is not None:
        total[padding_idx] = 0
    return total


def _require(input, weight, padding_idx, max_norm):
    if input.dtype not in (np.int32, np.int64):
        raise TypeError(f"Expected input to hold int32 or int64 indices; got {input.dtype}.")
    if weight.ndim != 2:
        raise ValueError(f"Expected weight to have shape (rows, size); got {weight.shape}.")
    rows = len(weight)
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise ValueError(f"Expected padding_idx to be from {-rows} to {rows - 1}; got {padding_idx!r}.")
    if max_norm is not None:
        raise ValueError(f"Expected no max_norm, which changes weight in place; got {max_norm!r}.")
    outside = (input < 0) | (input >= rows)
    if np.any(outside):
        raise ValueError(f"Expected input to hold indices from 0 to {rows - 1}; got {input[outside][0]}.")
