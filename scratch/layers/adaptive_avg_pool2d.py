"""Mean over equal shares of two dimensions (He et al., 2014, arXiv:1406.4729).

    y_i = mean x_j over floor(i L / O) <= j < ceil((i + 1) L / O)        for L elements and O outputs

Shares overlap by an element where O does not divide L.

Gradient: dy_i/dx_j = 1 / n_i for the n_i elements of a share, so an x gets the sum over the shares that it is in.

Shapes: `input` (N, C, H, W) or (C, H, W); `output_size` is an integer, or a pair in which None keeps a size. ValueError
for another number of dimensions, an empty dimension of space, and a negative size. torch fails at the gradient of an
output of size 0; its means for an output of size 1 take any shape.

>>> import numpy as np
>>> forward(np.array([[[1.0, 3.0, 2.0]]]), (1, 2)).tolist()
[[[2.0, 2.5]]]
>>> backward(np.array([[[1.0, 2.0]]]), np.array([[[1.0, 3.0, 2.0]]]), (1, 2)).tolist()
[[[0.5, 1.5, 1.0]]]
"""

from scratch import _pooling


def forward(input, output_size):
    """Return the mean of every share."""
    seen = _pooling.shares(input, 2, output_size)
    return _pooling.average(input, seen, _pooling.divisor(seen, False, None))


def backward(grad, input, output_size):
    """Return the gradient of `input`."""
    seen = _pooling.shares(input, 2, output_size)
    return _pooling.to_average(grad, input, seen, _pooling.divisor(seen, False, None))
