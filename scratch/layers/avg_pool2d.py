"""Mean over windows (LeCun et al., 1989), over two dimensions.

    y_p = sum x over the window p / n_p,   which begins at s p - a

with stride s (the size of the kernel if not given) and padding a of 0. n_p counts the elements of the window, with
those in the padding if `count_include_pad`; never those beyond, where `ceil_mode` lets a last window reach.
`divisor_override` takes its place, if given.

Gradient: dy_p/dx = 1 / n_p for every x of the window, so an x gets the sum of dL/dy_p / n_p over the windows that see
it.

Shapes: `input` (N, C, H, W) or (C, H, W); `kernel_size`, `stride` and `padding` are an integer, or a pair for rows and
columns. ValueError for another number of dimensions, empty channels, a size below 1, a padding above half of the
kernel, where no window fits, and a divisor of 0.

>>> import numpy as np
>>> forward(np.array([[[1.0, 3.0, 2.0, 4.0]]]), (1, 2)).tolist()
[[[2.0, 3.0]]]
>>> backward(np.array([[[1.0, 0.0]]]), np.array([[[1.0, 3.0, 2.0, 4.0]]]), (1, 2)).tolist()
[[[0.5, 0.5, 0.0, 0.0]]]
"""

from scratch import _pooling


def forward(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """Return the mean of every window."""
    seen = _pooling.sliding(input, 2, kernel_size, stride, padding, 1, ceil_mode)
    return _pooling.average(input, seen, _pooling.divisor(seen, count_include_pad, divisor_override))


def backward(
    grad, input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """Return the gradient of `input`."""
    seen = _pooling.sliding(input, 2, kernel_size, stride, padding, 1, ceil_mode)
    return _pooling.to_average(grad, input, seen, _pooling.divisor(seen, count_include_pad, divisor_override))
