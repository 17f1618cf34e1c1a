"""Mean over windows, over one dimension, torch's `avg_pool1d`.

Source: LeCun, Boser, Denker, Henderson, Howard, Hubbard and Jackel, 1989, "Handwritten Digit Recognition with a
Back-Propagation Network", NIPS.

Formula:

    y_p = sum_k x(s p - a + k) / n_p,   0 <= k < K

x is 0 in the padding. K is `kernel_size`, s the stride, a the padding, and n_p the number of elements of the window p.

Gradient: dy_p/dx = 1 / n_p for every x of the window p, so an x gets the sum of dL/dy_p / n_p over the windows that see
it. What lies in the padding has no gradient.

Options:
    stride: the distance of two windows; None and () mean that of the kernel, so that none overlap.
    padding: how many zeros stand at each end, at most half of the kernel.
    ceil_mode: a last window may reach beyond the padding, if it begins before the padding on the right.
    count_include_pad: n_p counts elements in the padding too; those beyond it never.

Shapes: `input` is (N, C, L) or (C, L), and the output has its leading dimensions. `kernel_size`, `stride` and `padding`
are an integer, or a sequence of one.

Errors: ValueError for another number of dimensions, empty channels, no extent, a size below 1, a padding that is
negative or above half of the kernel, and where no window fits.

torch: computes the same.

Example:

>>> import numpy as np
>>> forward(np.array([[1.0, 3.0, 2.0, 4.0]]), 2).tolist()
[[2.0, 3.0]]
>>> backward(np.array([[1.0, 0.0]]), np.array([[1.0, 3.0, 2.0, 4.0]]), 2).tolist()
[[0.5, 0.5, 0.0, 0.0]]
"""

from scratch._windows import pooling_windows
from scratch.layers.avg_pool2d import element_count, mean, mean_backward


def forward(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Return the mean of every window."""
    windows = pooling_windows(input, 1, kernel_size, stride, padding, 1, ceil_mode)
    return mean(input, windows, element_count(windows, count_include_pad))


def backward(grad, input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Return the gradient of `input`."""
    windows = pooling_windows(input, 1, kernel_size, stride, padding, 1, ceil_mode)
    return mean_backward(grad, input, windows, element_count(windows, count_include_pad))
