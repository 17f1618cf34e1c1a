"""Noise on an image, drawn elsewhere.

Source: Sietsma and Dow, 1991, doi:10.1016/0893-6080(91)90033-2.

Formula: `sigma` is the standard deviation of what is added if that of e is 1.

    y = x + sigma e,    e is `draw`

Gradient: dy/dx = 1, so dL/dx = dL/dy. The noise is drawn anew at every step and has none.

Shapes: `input`, `draw`, `grad` and the results all have one shape, any; `sigma` is a number.

Errors: ValueError for a `draw` of another shape.

torch: has none; the twin is `torch.add` with `alpha=sigma`.

Example:

>>> forward(np.array([1.0, 2.0]), np.array([-1.0, 0.5]), sigma=0.5).tolist()
[0.5, 2.25]
>>> backward(np.array([3.0, 4.0]), np.array([1.0, 2.0]), np.array([-1.0, 0.5]), sigma=0.5).tolist()
[3.0, 4.0]
"""

import numpy as np


def forward(input, draw, sigma):
    """Return `input` with `sigma` times `draw` added."""
    _require(input, draw)
    return input + sigma * draw


def backward(grad, input, draw, sigma):
    """Return the gradient of `input`."""
    _require(input, draw)
    return np.array(grad)


def _require(input, draw):
    if draw.shape != input.shape:
        raise ValueError(f"Expected draw to have the shape of input, {input.shape}; got {draw.shape}.")
