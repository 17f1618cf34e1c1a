"""Softmax over the channels of an image, torch's `Softmax2d`.

Source: PyTorch's documentation of `Softmax2d`.

Formula: at every place of the image, over the channels k,

    y_c = exp(x_c) / sum_k exp(x_k)

Gradient: by the quotient rule dy_k/dx_c = y_k (1{k = c} - y_c). With g = dL/dy this makes dL/dx_c = sum_k g_k y_k
(1{k = c} - y_c) = y_c (g_c - sum_k g_k y_k).

Shapes: `input` is (C, H, W) or (N, C, H, W), `grad` and the results the same.

Errors: ValueError for any other number of dimensions.

torch: computes the same.

Example:

>>> import numpy as np
>>> forward(np.array([[[0.0, 1.0]], [[0.0, 2.0]]])).round(4).tolist()
[[[0.5, 0.2689]], [[0.5, 0.7311]]]
>>> backward(np.array([[[1.0]], [[0.0]]]), np.array([[[0.0]], [[0.0]]])).tolist()
[[[0.25]], [[-0.25]]]
"""

from scratch.activations import softmax

CHANNELS = -3


def forward(input):
    """Return the softmax of `input` over its channels."""
    return softmax.forward(_require_image(input), CHANNELS)


def backward(grad, input):
    """Return the gradient of `input`."""
    return softmax.backward(grad, _require_image(input), CHANNELS)


def _require_image(x):
    if x.ndim not in (3, 4):
        raise ValueError(f"Expected input to have 3 or 4 dimensions; got shape {x.shape}.")
    return x
