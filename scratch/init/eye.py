"""The identity.

    W_ij = 1 if i = j, else 0

A linear layer that starts so passes its inputs on, as many as it has outputs for.

Shapes: `tensor` and the result (out, in). ValueError for another number of dimensions.

>>> forward(np.zeros((2, 3))).tolist()
[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
"""

import numpy as np


def forward(tensor):
    """Return ones on the diagonal, and zeros elsewhere."""
    if tensor.ndim != 2:
        raise ValueError(f"Expected tensor to have two dimensions; got {tensor.shape}.")
    return np.eye(*tensor.shape, dtype=tensor.dtype)
