"""Clipping of every element of the gradients (Mikolov, 2012), torch's `clip_grad_value_`.

    g <- min(max(g, -c), c)        c = clip_value

Unlike `clip_grad_norm` it turns the gradient: only the elements beyond c change.

Shapes: any number of gradients of any shapes, at least one: ValueError for none, which torch refuses here and accepts
in `clip_grad_norm_`. A negative c makes every element c, as in torch; NaN stays, and so does the sign of a zero.

>>> [g.tolist() for g in forward(np.array([3.0, -0.5]), np.array([-2.0]), clip_value=1.0)]
[[1.0, -0.5], [-1.0]]
"""

import numpy as np


def forward(*grads, clip_value):
    """Return the gradients with every element within ``[-clip_value, clip_value]``."""
    if not grads:
        raise ValueError("Expected at least one gradient; got none.")
    c = float(clip_value)
    raised = (np.where(g < -c, -c, g) for g in grads)
    return tuple(np.where(g > c, c, g) for g in raised)
