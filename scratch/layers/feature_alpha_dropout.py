"""Alpha dropout of whole channels (Klambauer, Unterthiner, Mayr and Hochreiter, 2017, arXiv:1706.02515).

    training:  y_nc = a (m_nc x_nc - M (1 - m_nc)) + b        with a mask m of every channel of every sample
    else:      y = x

with M, a and b of `alpha_dropout`: mean 0 and variance 1 are kept.

Gradient: dL/dx = a m dL/dy.

Shapes: `input` (N, C, ...) with a mask (N, C, 1, ...). ValueError for p outside [0, 1] and, in training with 0 < p < 1,
for fewer than two dimensions and for a mask that is missing or of another shape; TypeError for one that is not boolean.

>>> import numpy as np
>>> x, mask = np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[[True], [False]]])
>>> forward(x, 0.5, True, mask).round(4).tolist()
[[[1.6656, 2.552], [-0.7792, -0.7792]]]
>>> backward(np.ones((1, 2, 2)), x, 0.5, True, mask).round(4).tolist()
[[[0.8864, 0.8864], [0.0, 0.0]]]
"""

from scratch._dropout import spread
from scratch.layers import alpha_dropout


def forward(input, p=0.5, training=False, mask=None):
    """Return a linear function of the channels of `input` that the mask keeps, and a constant in the others."""
    return alpha_dropout.forward(input, p, training, spread(mask, input, p, training))


def backward(grad, input, p=0.5, training=False, mask=None):
    """Return the gradient of `input`."""
    return alpha_dropout.backward(grad, input, p, training, spread(mask, input, p, training))
