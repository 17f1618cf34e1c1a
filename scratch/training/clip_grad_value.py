"""Clipping of every element of the gradients, torch's `clip_grad_value_`.

Source: Mikolov, 2012, "Statistical Language Models Based on Neural Networks".

Formula:

    g <- min(max(g, -c), c)        c = clip_value

Unlike `clip_grad_norm` it turns the gradient: only the elements beyond c change.

Options:
    clip_value: the size c that no element is to exceed.

Shapes: any number of gradients of any shapes, at least one.

Errors: ValueError for no gradient.

torch: refuses a call without gradients here, and accepts one in `clip_grad_norm_`. A negative c makes every element c;
NaN stays, and so does the sign of a zero.

Example:

>>> [g.tolist() for g in forward(np.array([3.0, -0.5]), np.array([-2.0]), clip_value=1.0)]
[[1.0, -0.5], [-1.0]]
"""

import numpy as np


def forward(*grads, clip_value):
    """Return the gradients with every element within ``[-clip_value, clip_value]``."""
    if not grads:
        raise ValueError("Expected at least one gradient; got none.")
    c = float(clip_value)
    # the lower bound first: where c is negative, the upper one then makes every element c, as in torch
    raised = (np.where(g < -c, -c, g) for g in grads)
    return tuple(np.where(g > c, c, g) for g in raised)
