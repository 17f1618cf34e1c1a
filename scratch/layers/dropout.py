"""Dropout, torch's `dropout`.

Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014, "Dropout: A Simple Way to Prevent Neural
Networks from Overfitting", JMLR 15.

Formula:

    y = m x / (1 - p)       in training, with a mask m of every element: 1 with probability 1 - p, else 0
    y = x                   else

The mean of m is 1 - p, so the division keeps the mean of y at x, and nothing need be done in evaluation. With p = 1 all
is multiplied by 0.

Gradient: dy/dx = m / (1 - p) for each element, so dL/dx = m dL/dy / (1 - p), which is the function itself, of `grad`.
The mask is noise, without a gradient.

Options:
    p: the probability of dropping an element.
    training: drop elements; else y is x.
    mask: m, True where an element is kept; needed in training with 0 < p < 1.

Shapes: `input`, `mask`, `grad` and the results all have one shape, any.

Errors: ValueError for p outside [0, 1] and, in training with 0 < p < 1, for a mask that is missing or of another shape;
TypeError for one that is not boolean.

torch: draws the mask; here it is an argument, so that the function is pure. A NaN or an infinity that is dropped gives
NaN in both.

Example:

>>> forward(np.array([1.0, 2.0, 3.0]), 0.5, mask=np.array([True, False, True])).tolist()
[2.0, 0.0, 6.0]
>>> backward(np.ones(3), np.array([1.0, 2.0, 3.0]), 0.75, mask=np.array([True, False, True])).tolist()
[4.0, 0.0, 4.0]
"""

import numpy as np

from scratch._dropout import constant_factor, product, require_mask


def forward(input, p=0.5, training=True, mask=None):
    """Return `input` where the mask keeps it, divided by 1 - p, and 0 elsewhere."""
    return _drop(input, p, training, mask)


def backward(grad, input, p=0.5, training=True, mask=None):
    """Return the gradient of `input`."""
    return _drop(grad, p, training, mask)


def _drop(x, p, training, mask):
    """Return m x / (1 - p)."""
    factor = constant_factor(x, p, training)
    if factor is None:
        require_mask(mask, x.shape)
        factor = np.where(mask, 1 / (1 - p), 0.0).astype(x.dtype)
    return product(x, factor)
