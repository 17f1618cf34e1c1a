"""Dropout of channels of volumes (Tompson, Goroshin, Jain, LeCun and Bregler, 2015, arXiv:1411.4280).

    training:  y_nc = m_nc x_nc / (1 - p)        with a mask m of every channel of every sample
    else:      y = x

Gradient: dL/dx = m / (1 - p) dL/dy, that is the function itself, of `grad`.

Shapes: `input` (N, C, D, H, W) with a mask (N, C, 1, 1, 1), or (C, D, H, W) with a mask (1, C, 1, 1, 1), as torch draws
it. ValueError for p outside [0, 1] and, in training with 0 < p < 1, for an input without dimensions and for a mask that
is missing or of another shape; TypeError for one that is not boolean.

Any other number of dimensions is (C, ...): torch warns, and drops whole samples of a batch that has six or more.

>>> x = np.array([[[[1.0, 2.0]]], [[[3.0, 4.0]]]])
>>> forward(x, 0.5, mask=np.array([True, False]).reshape(1, 2, 1, 1, 1)).tolist()
[[[[2.0, 4.0]]], [[[0.0, 0.0]]]]
>>> backward(np.ones((2, 1, 1, 2)), x, 0.5, mask=np.array([False, True]).reshape(1, 2, 1, 1, 1)).tolist()
[[[[0.0, 0.0]]], [[[2.0, 2.0]]]]
"""

import numpy as np

from scratch._dropout import spread
from scratch.layers import dropout


def forward(input, p=0.5, training=True, mask=None):
    """Return the channels of `input` that the mask keeps, divided by 1 - p, and 0 in the others."""
    batch = input if input.ndim == 5 else input[np.newaxis]
    return dropout.forward(batch, p, training, spread(mask, batch, p, training)).reshape(input.shape)


def backward(grad, input, p=0.5, training=True, mask=None):
    """Return the gradient of `input`."""
    return forward(grad, p, training, mask)
