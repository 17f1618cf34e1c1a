"""Dropout of channels of images (Tompson, Goroshin, Jain, LeCun and Bregler, 2015, arXiv:1411.4280).

    training:  y_nc = m_nc x_nc / (1 - p)        with a mask m of every channel of every sample
    else:      y = x

Gradient: dL/dx = m / (1 - p) dL/dy, that is the function itself, of `grad`.

Shapes: `input` (N, C, H, W) with a mask (N, C, 1, 1). ValueError for p outside [0, 1] and, in training with
0 < p < 1, for fewer than two dimensions and for a mask that is missing or of another shape; TypeError for one that is
not boolean.

Any other number of dimensions is (N, C, ...) too: torch warns, and takes (C, H, W) for N signals of length W, so that
the rows of an image without a batch are dropped, not its channels.

>>> import numpy as np
>>> x = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]])
>>> forward(x, 0.5, mask=np.array([[[[True]], [[False]]]])).tolist()
[[[[2.0, 4.0]], [[0.0, 0.0]]]]
>>> backward(np.ones((1, 2, 1, 2)), x, 0.5, mask=np.array([[[[False]], [[True]]]])).tolist()
[[[[0.0, 0.0]], [[2.0, 2.0]]]]
"""

from scratch._dropout import spread
from scratch.layers import dropout


def forward(input, p=0.5, training=True, mask=None):
    """Return the channels of `input` that the mask keeps, divided by 1 - p, and 0 in the others."""
    return dropout.forward(input, p, training, spread(mask, input, p, training))


def backward(grad, input, p=0.5, training=True, mask=None):
    """Return the gradient of `input`."""
    return forward(grad, p, training, mask)
