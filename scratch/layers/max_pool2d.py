"""Maximum over windows (Ranzato, Huang, Boureau and LeCun, 2007), over two dimensions.

    y_p = max x over the window p, which begins at s p - a and sees every d-th element

with stride s (the size of the kernel if not given), padding a of -inf and dilation d. With `ceil_mode` a last window
may reach beyond the padding, if it begins before the padding on the right.

Gradient: each window passes its dL/dy to its largest x; an x gets the sum over the windows that it wins. At a tie any
share is a subgradient; the first of the largest takes all, as in torch.

Shapes: `input` (N, C, H, W) or (C, H, W); `kernel_size`, `stride`, `padding` and `dilation` are an integer, or a pair
for rows and columns. With `return_indices` the output is a pair with the position of each maximum in its flat image,
and of a `grad` of two the first counts. ValueError for another number of dimensions, empty channels, a size below 1, a
padding above half of the kernel, and where no window fits.

The last NaN of a window takes its gradient, as in torch.

>>> import numpy as np
>>> forward(np.array([[[1.0, 3.0, 2.0, 2.0]]]), (1, 2)).tolist()
[[[3.0, 2.0]]]
>>> backward(np.array([[[1.0, 1.0]]]), np.array([[[1.0, 3.0, 2.0, 2.0]]]), (1, 2)).tolist()
[[[0.0, 1.0, 1.0, 0.0]]]
"""

from scratch import _pooling


def forward(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Return the largest element of every window, and where it stands if wanted."""
    seen = _pooling.sliding(input, 2, kernel_size, stride, padding, dilation, ceil_mode)
    largest, where = _pooling.largest(input, seen)
    return (largest, where) if return_indices else largest


def backward(grad, input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Return the gradient of `input`."""
    seen = _pooling.sliding(input, 2, kernel_size, stride, padding, dilation, ceil_mode)
    return _pooling.to_largest(grad[0] if return_indices else grad, input, seen)
