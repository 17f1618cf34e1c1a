"""One constant throughout, torch's `constant_`.

Source: PyTorch's documentation of `torch.nn.init.constant_`.

Formula:

    W = val

Shapes: `tensor` and the result have one shape, any.

Errors: ValueError or TypeError for a `val` that is no real number, or is finite but not so in the type of `tensor`.

torch: computes the same.

Example:

>>> forward(np.zeros(2), 0.5).tolist()
[0.5, 0.5]
"""

import math

import numpy as np


def forward(tensor, val):
    """Return `val` throughout."""
    if isinstance(val, complex):
        raise TypeError(f"Expected val to be real; got {val!r}.")
    if float(np.finfo(tensor.dtype).max) < abs(val) < math.inf:
        raise ValueError(f"Expected val to be finite in {tensor.dtype}; got {val!r}.")
    return np.full(tensor.shape, val, tensor.dtype)
