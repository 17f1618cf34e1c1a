"""Rows of a table, looked up by index, torch's `embedding`.

    y = W_t        for every index t of the input

Gradient: W_t gets the sum of dL/dy over all places where t stands, divided by their number with `scale_grad_by_freq`;
the row `padding_idx` gets none.

Shapes: `input` any, int32 or int64, `weight` (rows, size); the output is (*input, size). TypeError for other indices,
ValueError for an index or a padding row out of range, and a weight that is no matrix. A negative `padding_idx` counts
from the end, a negative index is refused.

`max_norm` is refused: torch would shrink rows of the weight in place. `sparse` changes how torch stores the gradient.

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
    np.add.at(total, input, grad)
    if scale_grad_by_freq:
        times = np.bincount(input.reshape(-1), minlength=len(weight))[:, np.newaxis]
        total = np.divide(total, np.maximum(times, 1), dtype=weight.dtype)
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
