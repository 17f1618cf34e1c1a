"""Maximum over windows, over one dimension, torch's `max_pool1d`.

Source: Ranzato, Huang, Boureau and LeCun, 2007, "Unsupervised Learning of Invariant Feature Hierarchies with
Applications to Object Recognition", CVPR.

Formula:

    y_p = max_k x(s p - a + d k),   0 <= k < K

x is -inf in the padding. K is `kernel_size`, s the stride, a the padding, d the dilation.

Gradient: y_p is the one x that is largest in its window, so dy_p/dx is 1 for that x and 0 for the others. An x gets the
sum of dL/dy_p over the windows p that it wins. At a tie every way to divide dL/dy_p among the largest is a subgradient;
the first of them takes all. Of several NaN the last takes it.

Options:
    stride: the distance of two windows; None and () mean that of the kernel, so that none overlap.
    padding: how many elements of -inf stand at each end, at most half of the kernel.
    dilation: the distance of two elements of a window.
    ceil_mode: a last window may reach beyond the padding, if it begins before the padding on the right.
    return_indices: the output is the pair of y and the position of each maximum.

Shapes: `input` is (N, C, L) or (C, L), and the output has its leading dimensions. `kernel_size`, `stride`, `padding`
and `dilation` are an integer, or a sequence of one. With `return_indices` `grad` is a pair, of which the first counts.

Errors: ValueError for another number of dimensions, empty channels, no extent, a size below 1, a padding that is
negative or above half of the kernel, and where no window fits.

torch: takes the same element at a tie and among NaN.

Example:

>>> import numpy as np
>>> forward(np.array([[1.0, 3.0, 2.0, 2.0]]), 2).tolist()
[[3.0, 2.0]]
>>> backward(np.array([[1.0, 1.0]]), np.array([[1.0, 3.0, 2.0, 2.0]]), 2).tolist()
[[0.0, 1.0, 1.0, 0.0]]
"""

from scratch._windows import pooling_windows
from scratch.layers.max_pool2d import maximum, maximum_backward


def forward(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Return the largest element of every window, and where it stands if wanted."""
    y, position = maximum(input, pooling_windows(input, 1, kernel_size, stride, padding, dilation, ceil_mode))
    return (y, position) if return_indices else y


def backward(grad, input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Return the gradient of `input`."""
    windows = pooling_windows(input, 1, kernel_size, stride, padding, dilation, ceil_mode)
    return maximum_backward(grad[0] if return_indices else grad, input, windows)
