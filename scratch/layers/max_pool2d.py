"""Maximum over windows, over two dimensions, torch's `max_pool2d`.

Source: Ranzato, Huang, Boureau and LeCun, 2007, "Unsupervised Learning of Invariant Feature Hierarchies with
Applications to Object Recognition", CVPR.

Formula:

    y_p = max_k x(s p - a + d k),   0 <= k < K        all pairs: rows and columns

x is -inf in the padding. K is `kernel_size`, s the stride, a the padding, d the dilation.

Gradient: y_p is the one x that is largest in its window, so dy_p/dx is 1 for that x and 0 for the others. An x gets the
sum of dL/dy_p over the windows p that it wins. At a tie every way to divide dL/dy_p among the largest is a subgradient;
the first of them takes all. Of several NaN the last takes it.

Options:
    stride: the distance of two windows; None and () mean that of the kernel, so that none overlap.
    padding: how many elements of -inf stand at each end of a dimension, at most half of the kernel.
    dilation: the distance of two elements of a window.
    ceil_mode: a last window may reach beyond the padding, if it begins before the padding on the right.
    return_indices: the output is the pair of y and the position of each maximum in its flat image.

Shapes: `input` is (N, C, H, W) or (C, H, W), and the output has its leading dimensions. `kernel_size`, `stride`,
`padding` and `dilation` are an integer, or a pair for rows and columns. With `return_indices` `grad` is a pair, of
which the first counts.

Errors: ValueError for another number of dimensions, empty channels, no extent, a size below 1, a padding that is
negative or above half of the kernel, and where no window fits.

torch: takes the same element at a tie and among NaN.

Example:

>>> forward(np.array([[[1.0, 3.0, 2.0, 2.0]]]), (1, 2)).tolist()
[[[3.0, 2.0]]]
>>> backward(np.array([[[1.0, 1.0]]]), np.array([[[1.0, 3.0, 2.0, 2.0]]]), (1, 2)).tolist()
[[[0.0, 1.0, 1.0, 0.0]]]
"""

import math

import numpy as np

from scratch._windows import flat, gather, pooling_windows, scatter


def forward(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Return the largest element of every window, and where it stands if wanted."""
    y, position = maximum(input, pooling_windows(input, 2, kernel_size, stride, padding, dilation, ceil_mode))
    return (y, position) if return_indices else y


def backward(grad, input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Return the gradient of `input`."""
    windows = pooling_windows(input, 2, kernel_size, stride, padding, dilation, ceil_mode)
    return maximum_backward(grad[0] if return_indices else grad, input, windows)


def maximum(input, windows):
    """Return the largest element of every window, and its flat position."""
    position = _winners(input, windows)
    space = len(windows.out)
    y = np.take_along_axis(flat(input, space), position, axis=-1)
    shape = (*input.shape[:-space], *windows.out)
    return y.reshape(shape), position.reshape(shape)


def maximum_backward(grad, input, windows):
    """Return the gradient of `input` from that of the largest elements."""
    position = _winners(input, windows)[..., np.newaxis]
    return scatter(grad.reshape(position.shape), position, input.shape)


def _winners(input, windows):
    """Return the flat position of the element that each window takes, (..., P)."""
    values = gather(input, windows, -math.inf)
    # Where nothing is above -inf the padding would win, which has no position: the first element inside wins.
    first_inside = np.argmax(windows.inside, axis=1)
    k = np.where(np.max(values, axis=-1) == -math.inf, first_inside, np.argmax(values, axis=-1))
    # argmax takes the first NaN; torch replaces its maximum at every NaN, so that the last one stays.
    missing = np.isnan(values)
    last_missing = values.shape[-1] - 1 - np.argmax(missing[..., ::-1], axis=-1)
    k = np.where(np.any(missing, axis=-1), last_missing, k)
    return np.take_along_axis(np.broadcast_to(windows.positions, values.shape), k[..., np.newaxis], axis=-1)[..., 0]
