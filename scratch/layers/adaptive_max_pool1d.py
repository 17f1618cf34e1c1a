"""Maximum over equal shares of one dimension, torch's `adaptive_max_pool1d`.

Source: He, Zhang, Ren and Sun, 2014, "Spatial Pyramid Pooling in Deep Convolutional Networks for Visual Recognition",
arXiv:1406.4729.

Formula:

    y_i = max x_j over floor(i L / O) <= j < ceil((i + 1) L / O)        for L elements and O outputs

Windows overlap by an element where O does not divide L.

Gradient: y_i is the one x that is largest in its window, so dy_i/dx is 1 for that x and 0 for the others. An x gets the
sum of dL/dy_i over the windows i that it wins. At a tie every way to divide dL/dy_i among the largest is a subgradient;
the first of them takes all. Of several NaN the last takes it.

Options:
    return_indices: the output is the pair of y and the position of each maximum.

Shapes: `input` is (N, C, L) or (C, L), and the output has its leading dimensions. `output_size` is an integer, or a
sequence of one. With `return_indices` `grad` is a pair, of which the first counts.

Errors: ValueError for another number of dimensions, empty channels, an empty dimension of space, and a negative size.

torch: takes the same element at a tie and among NaN. It fails at the gradient of an output of size 0.

Example:

>>> import numpy as np
>>> forward(np.array([[1.0, 3.0, 2.0]]), 2).tolist()
[[3.0, 3.0]]
>>> backward(np.array([[1.0, 2.0]]), np.array([[1.0, 3.0, 2.0]]), 2).tolist()
[[0.0, 3.0, 0.0]]
"""

from scratch._windows import adaptive_windows
from scratch.layers.max_pool2d import maximum, maximum_backward


def forward(input, output_size, return_indices=False):
    """Return the largest element of every window, and where it stands if wanted."""
    y, position = maximum(input, adaptive_windows(input, 1, output_size, channels=True))
    return (y, position) if return_indices else y


def backward(grad, input, output_size, return_indices=False):
    """Return the gradient of `input`."""
    windows = adaptive_windows(input, 1, output_size, channels=True)
    return maximum_backward(grad[0] if return_indices else grad, input, windows)
