"""Dropout of channels of volumes, torch's `dropout3d`.

Source: Tompson, Goroshin, Jain, LeCun and Bregler, 2015, "Efficient Object Localization Using Convolutional Networks",
arXiv:1411.4280.

Formula:

    y_nc = m_nc x_nc / (1 - p)      in training, with a mask m of every channel of every sample
    y = x                           else

Neighbours within a channel say much the same, so dropping single elements would hardly regularize.

Gradient: dy/dx = m / (1 - p) for each element, so dL/dx = m dL/dy / (1 - p), which is the function itself, of `grad`.
The mask is noise, without a gradient.

Options:
    p: the probability of dropping a channel.
    training: drop channels; else y is x.
    mask: m, True where a channel is kept; needed in training with 0 < p < 1.

Shapes: `input` is (N, C, D, H, W) with a mask (N, C, 1, 1, 1), or (C, D, H, W) with a mask (1, C, 1, 1, 1). Any other
number of dimensions is (C, ...).

Errors: ValueError for p outside [0, 1] and, in training with 0 < p < 1, for an input without dimensions and for a mask
that is missing or of another shape; TypeError for one that is not boolean.

torch: draws the mask, of these shapes; here it is an argument. For other than four or five dimensions it warns, and it
drops whole samples of a batch that has six or more, as here.

Example:

>>> x = np.array([[[[1.0, 2.0]]], [[[3.0, 4.0]]]])
>>> forward(x, 0.5, mask=np.array([True, False]).reshape(1, 2, 1, 1, 1)).tolist()
[[[[2.0, 4.0]]], [[[0.0, 0.0]]]]
>>> backward(np.ones((2, 1, 1, 2)), x, 0.5, mask=np.array([False, True]).reshape(1, 2, 1, 1, 1)).tolist()
[[[[0.0, 0.0]]], [[[2.0, 2.0]]]]
"""

import numpy as np

from scratch._dropout import element_mask
from scratch.layers import dropout


def forward(input, p=0.5, training=True, mask=None):
    """Return the channels of `input` that the mask keeps, divided by 1 - p, and 0 in the others."""
    batch = input if input.ndim == 5 else input[np.newaxis]
    return dropout.forward(batch, p, training, element_mask(mask, batch, p, training)).reshape(input.shape)


def backward(grad, input, p=0.5, training=True, mask=None):
    """Return the gradient of `input`."""
    return forward(grad, p, training, mask)
