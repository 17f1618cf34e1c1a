"""Zeros.

    W = 0

Shapes: `tensor` and the result have one shape, any.

>>> forward(np.full(2, 0.5)).tolist()
[0.0, 0.0]
"""

import numpy as np


def forward(tensor):
    """Return 0 throughout."""
    return np.zeros(tensor.shape, tensor.dtype)
