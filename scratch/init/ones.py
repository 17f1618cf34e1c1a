"""Ones.

    W = 1

Shapes: `tensor` and the result have one shape, any.

>>> forward(np.full(2, 0.5)).tolist()
[1.0, 1.0]
"""

import numpy as np


def forward(tensor):
    """Return 1 throughout."""
    return np.ones(tensor.shape, tensor.dtype)
