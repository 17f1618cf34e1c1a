"""Randomised multiclass prediction: a draw from the softmax of the scores, by a given uniform number.

Source: von Neumann, 1947; Devroye, 1986, "Non-Uniform Random Variate Generation", chapter III.2.

Formula:

    p = softmax(s),   label = min{k : p_0 + ... + p_k > u}

Where u equals a cumulative sum, the label is the next class of positive probability. No class is drawn whose
probability is 0 after rounding.

Derivation: This is the inverse of the distribution function. Class k is drawn where u lies from p_0 + ... + p_(k-1) on
and below p_0 + ... + p_k, a part of [0, 1) of the length p_k. The sums are taken before they are divided by the last
one; u is multiplied by it instead, so that the last class ends where [0, 1) does.

Shapes: `scores` (N, C), C > 0, and `uniform` (N,); the labels (N,) are integers from 0 to C - 1.

Errors: ValueError for other shapes, scores that are not finite, and numbers outside [0, 1).

torch: `torch.multinomial` draws on its own and cannot be given a number, so two programs share draws in this form only.
The twin is written with `torch.softmax` and `torch.searchsorted`.

Example:

>>> forward(np.zeros((4, 2)), np.array([0.0, 0.25, 0.5, 0.75])).tolist()
[0, 0, 1, 1]
"""

import numpy as np

from scratch.multiclass._draw import drawn, require_uniform


def forward(scores, uniform):
    """Return the class that each uniform number draws from the softmax of its row."""
    require_uniform(scores, uniform)
    # Less the largest score, so that exp cannot overflow; the common factor has no part in the draw.
    return drawn(np.exp(scores - np.max(scores, axis=1, keepdims=True)), uniform)
