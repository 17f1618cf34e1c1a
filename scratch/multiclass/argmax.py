"""Multiclass prediction by the largest score.

Source: Duda and Hart, 1973, the linear machine.

Formula:

    label = argmax_k s_k,   with linear scores s = W x

Of several classes whose scores are equal and largest it is the smallest. With two classes the label is 0 where
(w_0 - w_1) . x >= 0.

Shapes: `scores` (N, C), C > 0; the labels (N,) are integers from 0 to C - 1.

Errors: ValueError for other shapes and for NaN.

torch: computes the same. `numpy.argmax` and `torch.argmax` both document that they return the first of equal ones.

Example:

>>> forward(np.array([[0.5, 2.0, -1.0], [3.0, 1.0, 3.0]])).tolist()
[1, 0]
"""

import numpy as np


def forward(scores):
    """Return the class of the largest score of each row."""
    if scores.ndim != 2 or not scores.shape[1]:
        raise ValueError(f"Expected scores (N, C) of at least one class; got shape {scores.shape}.")
    if np.any(scores != scores):
        raise ValueError("Expected scores to be numbers; got NaN.")
    return np.argmax(scores, axis=1)
