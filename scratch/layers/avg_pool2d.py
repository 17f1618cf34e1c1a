"""Mean over windows, over two dimensions, torch's `avg_pool2d`.

Source: LeCun, Boser, Denker, Henderson, Howard, Hubbard and Jackel, 1989, "Handwritten Digit Recognition with a
Back-Propagation Network", NIPS.

Formula:

    y_p = sum_k x(s p - a + k) / n_p,   0 <= k < K        all pairs: rows and columns

x is 0 in the padding. K is `kernel_size`, s the stride, a the padding, and n_p a number of elements of the window p.

Gradient: dy_p/dx = 1 / n_p for every x of the window p, so an x gets the sum of dL/dy_p / n_p over the windows that see
it. What lies in the padding has no gradient.

Options:
    stride: the distance of two windows; None and () mean that of the kernel, so that none overlap.
    padding: how many zeros stand at each end of a dimension, at most half of the kernel.
    ceil_mode: a last window may reach beyond the padding, if it begins before the padding on the right.
    count_include_pad: n_p counts elements in the padding too; those beyond it never.
    divisor_override: n_p for every window.

Shapes: `input` is (N, C, H, W) or (C, H, W), and the output has its leading dimensions. `kernel_size`, `stride` and
`padding` are an integer, or a pair for rows and columns.

Errors: ValueError for another number of dimensions, empty channels, no extent, a size below 1, a padding that is
negative or above half of the kernel, where no window fits, and for a divisor of 0.

torch: computes the same.

Example:

>>> forward(np.array([[[1.0, 3.0, 2.0, 4.0]]]), (1, 2)).tolist()
[[[2.0, 3.0]]]
>>> backward(np.array([[[1.0, 0.0]]]), np.array([[[1.0, 3.0, 2.0, 4.0]]]), (1, 2)).tolist()
[[[0.5, 0.5, 0.0, 0.0]]]
"""

import numpy as np

from scratch._windows import flat, gather, pooling_windows, scatter


def forward(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """Return the mean of every window."""
    windows = pooling_windows(input, 2, kernel_size, stride, padding, 1, ceil_mode)
    return mean(input, windows, _divisor(windows, count_include_pad, divisor_override))


def backward(
    grad, input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """Return the gradient of `input`."""
    windows = pooling_windows(input, 2, kernel_size, stride, padding, 1, ceil_mode)
    return mean_backward(grad, input, windows, _divisor(windows, count_include_pad, divisor_override))


def mean(input, windows, n):
    """Return the sum of every window divided by its `n`."""
    y = np.divide(np.sum(gather(input, windows, 0), axis=-1), n, dtype=input.dtype)
    return y.reshape(*input.shape[: -len(windows.out)], *windows.out)


def mean_backward(grad, input, windows, n):
    """Return the gradient of `input` from that of the means."""
    d_x = np.divide(flat(grad, len(windows.out)), n, dtype=grad.dtype)[..., np.newaxis]
    return scatter(np.where(windows.inside, d_x, 0), windows.positions, input.shape)


def element_count(windows, count_include_pad):
    """Return how many elements every window has."""
    return windows.padded_count if count_include_pad else np.sum(windows.inside, axis=1)


def _divisor(windows, count_include_pad, divisor_override):
    if divisor_override == 0:
        raise ValueError("Expected divisor_override not to be 0; got 0.")
    return element_count(windows, count_include_pad) if divisor_override is None else divisor_override
