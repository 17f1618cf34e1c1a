"""Mean over equal shares of two dimensions, torch's `adaptive_avg_pool2d`.

Source: He, Zhang, Ren and Sun, 2014, "Spatial Pyramid Pooling in Deep Convolutional Networks for Visual Recognition",
arXiv:1406.4729.

Formula:

    y_i = mean x_j over floor(i L / O) <= j < ceil((i + 1) L / O)        for L elements and O outputs

All are pairs: rows and columns. Windows overlap by an element where O does not divide L.

Gradient: dy_i/dx_j = 1 / n_i for the n_i elements x_j of the window i, so an x gets the sum of dL/dy_i / n_i over the
windows that see it.

Shapes: `input` is (N, C, H, W) or (C, H, W), and the output has its leading dimensions. `output_size` is an integer, or
a pair in which None keeps a size.

Errors: ValueError for another number of dimensions, an empty dimension of space, and a negative size.

torch: fails at the gradient of an output of size 0. For an output of size 1 it takes any shape of two
dimensions or more and gives NaN for an empty one, which is refused here.

Example:

>>> import numpy as np
>>> forward(np.array([[[1.0, 3.0, 2.0]]]), (1, 2)).tolist()
[[[2.0, 2.5]]]
>>> backward(np.array([[[1.0, 2.0]]]), np.array([[[1.0, 3.0, 2.0]]]), (1, 2)).tolist()
[[[0.5, 1.5, 1.0]]]
"""

from scratch._windows import adaptive_windows
from scratch.layers.avg_pool2d import element_count, mean, mean_backward


def forward(input, output_size):
    """Return the mean of every window."""
    windows = adaptive_windows(input, 2, output_size)
    return mean(input, windows, element_count(windows, count_include_pad=False))


def backward(grad, input, output_size):
    """Return the gradient of `input`."""
    windows = adaptive_windows(input, 2, output_size)
    return mean_backward(grad, input, windows, element_count(windows, count_include_pad=False))
