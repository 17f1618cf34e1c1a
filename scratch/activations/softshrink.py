"""Soft shrinkage, torch's `softshrink`: x less its part within [-lambd, lambd].

Source: Donoho and Johnstone, 1994, "Ideal Spatial Adaptation by Wavelet Shrinkage".

Formula:

    y = x - lambd    where x > lambd
    y = x + lambd    where x < -lambd
    y = 0            elsewhere

Gradient: dy/dx = 0 where -lambd <= x <= lambd and 1 elsewhere, as lambd is a constant. At the kinks x = -lambd and
x = lambd any value in [0, 1] is a subgradient; 0 is taken.

Options:
    lambd: how far x is drawn towards 0.

Shapes: `input`, `grad` and the results all have one shape, any.

Errors: ValueError for a `lambd` that is negative, NaN or too large for the type.

torch: takes the same subgradients. Its zeros are 0 where it works on whole vectors, and 0 with the sign of x in the
remainder of the array. NaN passes through; at NaN torch's gradient is 0 in whole vectors, and `grad` in the remainder,
and here it is `grad`.

Example:

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
    # asked this way round, so that NaN is refused, too
    if not 0 <= lambd <= largest:
        raise ValueError(f"Expected lambd to be from 0 to {largest:.6g}; got {lambd!r}.")
