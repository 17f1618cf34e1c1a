"""Maximum over equal shares of one dimension (He et al., 2014, arXiv:1406.4729).

    y_i = max x_j over floor(i L / O) <= j < ceil((i + 1) L / O)        for L elements and O outputs

Shares overlap by an element where O does not divide L.

Gradient: each share passes its dL/dy to its largest x, an x that wins several the sum. At a tie any part is a
subgradient; the first of the largest takes all, as in torch.

Shapes: `input` (N, C, L) or (C, L); `output_size` is an integer, or a sequence of one. With `return_indices` the output
is a pair with the position of each maximum, and of a `grad` of two the first counts. ValueError for another number of
dimensions, empty channels, an empty dimension of space, and a negative size.

The last NaN of a share takes its gradient, as in torch. torch fails at the gradient of an output of size 0.

>>> import numpy as np
>>> forward(np.array([[1.0, 3.0, 2.0]]), 2).tolist()
[[3.0, 3.0]]
>>> backward(np.array([[1.0, 2.0]]), np.array([[1.0, 3.0, 2.0]]), 2).tolist()
[[0.0, 3.0, 0.0]]
"""

from scratch import _pooling


def forward(input, output_size, return_indices=False):
    """Return the largest element of every share, and where it stands if wanted."""
    seen = _pooling.shares(input, 1, output_size, channels=True)
    largest, where = _pooling.largest(input, seen)
    return (largest, where) if return_indices else largest


def backward(grad, input, output_size, return_indices=False):
    """Return the gradient of `input`."""
    seen = _pooling.shares(input, 1, output_size, channels=True)
    return _pooling.to_largest(grad[0] if return_indices else grad, input, seen)
