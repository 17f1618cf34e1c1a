"""P01, lecture A, the cross-entropy of probabilities: the logarithm is that of the probability itself.

Source: lecture A, which prints it with an error.

Formula:

    printed: L = -sum y_i log(1 - yhat_i)        correct: L = -sum y_i log yhat_i

yhat is `input`, the probabilities, and y is `target`. What is printed grows with the probability of the right class, so
that its descent unlearns.

Gradient: every term holds one probability, and log yhat_i has the derivative 1 / yhat_i, so dL/dyhat_i = -y_i / yhat_i,
times `grad`.

Shapes: `input` and `target` have one shape; the loss is a sum, without a dimension.

torch: has it for logits alone, `cross_entropy`; the twin is the correct formula in `torch.log`.

Example:

>>> yhat, y = np.array([0.5, 0.25, 0.25]), np.array([1.0, 0.0, 0.0])
>>> float(forward(yhat, y).round(4)), float(forward_as_printed(np.array([0.75, 0.25, 0.0]), y).round(4))
(0.6931, 1.3863)
>>> backward(np.array(1.0), yhat, y).tolist()
[-2.0, -0.0, -0.0]
"""

import numpy as np


def forward(input, target):
    """Return the cross-entropy, summed."""
    return -np.sum(target * np.log(input))


def backward(grad, input, target):
    """Return the gradient of `input`."""
    return -grad * target / input


def forward_as_printed(input, target):
    """Return what is printed."""
    return -np.sum(target * np.log(1 - input))
