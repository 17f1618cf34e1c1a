"""Soft shrinkage (Donoho and Johnstone, 1994, "Ideal Spatial Adaptation by Wavelet Shrinkage").

    y = x - l if x > l,  x + l if x < -l,  else 0        (l is `lambd`)

That is x less its part within [-l, l].

Gradient: dy/dx = 0 where -l <= x <= l and 1 elsewhere. At the kinks x = -l and x = l any value in [0, 1] is a
subgradient; 0 is taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through. ValueError for a `lambd` that is
negative or too large for the type.

torch's zeros are 0 where it works on whole vectors, and 0 with the sign of x in the remainder of the array.

>>> forward(np.array([-1.0, -0.5, 0.25, 2.0])).tolist()
[-0.5, 0.0, 0.0, 1.5]
>>> backward(np.array([1.0, 1.0, 1.0, 1.0]), np.array([-1.0, -0.5, 0.25, 2.0])).tolist()
[1.0, 0.0, 0.0, 1.0]
"""

import numpy as np

from scratch.activations import hardshrink


def forward(input, lambd=0.5):
    """Return `input`, drawn towards 0 by `lambd`."""
    _require_finite(lambd, input.dtype)
    return input - np.clip(input, -lambd, lambd)


def backward(grad, input, lambd=0.5):
    """Return the gradient of `input`."""
    _require_finite(lambd, input.dtype)
    return hardshrink.backward(grad, input, lambd)


def _require_finite(lambd, dtype):
    largest = float(np.finfo(dtype).max)
    if not 0 <= lambd <= largest:
        raise ValueError(f"Expected lambd to be from 0 to {largest:.6g}; got {lambd!r}.")
