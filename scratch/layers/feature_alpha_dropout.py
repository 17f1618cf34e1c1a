"""Alpha dropout of whole channels, torch's `feature_alpha_dropout`.

Source: Klambauer, Unterthiner, Mayr and Hochreiter, 2017, "Self-Normalizing Neural Networks", arXiv:1706.02515.

Formula:

    y_nc = a (m_nc x_nc - M (1 - m_nc)) + b       in training, with a mask m of every channel of every sample
    y = x                                         else
    a = 1 / sqrt(q (1 + p M^2)),   b = a M p,   q = 1 - p,   M = 1.758...

These are M, a and b of `alpha_dropout`, which keep mean 0 and variance 1. m is 1 with probability q, else 0.

Gradient: y is linear in x, so dy/dx = a m for each element and dL/dx = a m dL/dy. The mask is noise, without a
gradient.

Options:
    p: the probability of dropping a channel.
    training: drop channels; else y is x.
    mask: m, True where a channel is kept; needed in training with 0 < p < 1.

Shapes: `input` is (N, C, ...) with a mask (N, C, 1, ...).

Errors: ValueError for p outside [0, 1] and, in training with 0 < p < 1, for fewer than two dimensions and for a mask
that is missing or of another shape; TypeError for one that is not boolean.

torch: draws the mask; here it is an argument. With p = 1, where a is infinite, it multiplies by 0 too.

Example:

>>> import numpy as np
>>> x, mask = np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[[True], [False]]])
>>> forward(x, 0.5, True, mask).round(4).tolist()
[[[1.6656, 2.552], [-0.7792, -0.7792]]]
>>> backward(np.ones((1, 2, 2)), x, 0.5, True, mask).round(4).tolist()
[[[0.8864, 0.8864], [0.0, 0.0]]]
"""

from scratch._dropout import element_mask
from scratch.layers import alpha_dropout


def forward(input, p=0.5, training=False, mask=None):
    """Return a linear function of the channels of `input` that the mask keeps, and a constant in the others."""
    return alpha_dropout.forward(input, p, training, element_mask(mask, input, p, training))


def backward(grad, input, p=0.5, training=False, mask=None):
    """Return the gradient of `input`."""
    return alpha_dropout.backward(grad, input, p, training, element_mask(mask, input, p, training))
