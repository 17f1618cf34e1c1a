"""Hard hyperbolic tangent, torch's `hardtanh`: x, cut off at two bounds.

Source: Collobert, 2004, "Large Scale Machine Learning".

Formula:

    y = min(max(x, min_val), max_val)

Gradient: y is x between the bounds and constant outside of them, so dy/dx = 1 where min_val < x < max_val and 0
elsewhere. At the kinks x = min_val and x = max_val any value in [0, 1] is a subgradient; 0 is taken.

Options:
    min_val, max_val: the smallest and the largest output.

Shapes: `input`, `grad` and the results all have one shape, any.

Errors: ValueError for a `min_val` above `max_val`.

torch: takes the same subgradients. NaN passes through; at NaN torch's gradient is 0 where it works on whole vectors,
and `grad` in the remainder of the array, and here it is `grad`.

Example:

>>> forward(np.array([-2.0, 0.5, 2.0])).tolist()
[-1.0, 0.5, 1.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.5, 2.0])).tolist()
[0.0, 1.0, 0.0]
"""

import numpy as np


def forward(input, min_val=-1.0, max_val=1.0):
    """Return `input`, cut off at `min_val` and `max_val`."""
    _require_order(min_val, max_val)
    return np.where(input < min_val, min_val, np.where(input > max_val, max_val, input))


def backward(grad, input, min_val=-1.0, max_val=1.0):
    """Return the gradient of `input`."""
    _require_order(min_val, max_val)
    return np.where((input <= min_val) | (input >= max_val), 0, grad)


def _require_order(min_val, max_val):
    if min_val > max_val:
        raise ValueError(f"Expected min_val to be at most max_val; got {min_val!r} and {max_val!r}.")
