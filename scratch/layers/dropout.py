"""Dropout (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014, JMLR 15).

    training:  y = m x / (1 - p)        with a mask m of every element: 1 with probability 1 - p, else 0
    else:      y = x

torch draws the mask; here it is given, True where an element is kept, so that the function is pure. The division keeps
the mean, so that nothing need be done in evaluation.

Gradient: dL/dx = m / (1 - p) dL/dy, that is the function itself, of `grad`. The mask is noise, without a gradient.

Shapes: `input`, `mask`, `grad` and the results all have one shape, any. ValueError for p outside [0, 1] and, in
training with 0 < p < 1, for a mask that is missing or of another shape; TypeError for one that is not boolean.

With p = 1 all is multiplied by 0. A NaN or an infinity that is dropped gives NaN, as in torch.

>>> forward(np.array([1.0, 2.0, 3.0]), 0.5, mask=np.array([True, False, True])).tolist()
[2.0, 0.0, 6.0]
>>> backward(np.ones(3), np.array([1.0, 2.0, 3.0]), 0.75, mask=np.array([True, False, True])).tolist()
[4.0, 0.0, 4.0]
"""

import numpy as np

from scratch._dropout import require_mask, times, undrawn


def forward(input, p=0.5, training=True, mask=None):
    """Return `input` where the mask keeps it, divided by 1 - p, and 0 elsewhere."""
    return _drop(input, p, training, mask)


def backward(grad, input, p=0.5, training=True, mask=None):
    """Return the gradient of `input`."""
    return _drop(grad, p, training, mask)


def _drop(x, p, training, mask):
    factor = undrawn(x, p, training)
    if factor is None:
        require_mask(mask, x.shape)
        factor = np.where(mask, 1 / (1 - p), 0.0).astype(x.dtype)
    return times(x, factor)
