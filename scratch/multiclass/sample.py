"""Randomised multiclass prediction: a draw from the softmax of the scores, by a given uniform number.

    p = softmax(s),   label = min{k : p_0 + ... + p_k > u}

This is the inverse of the distribution function (von Neumann, 1947; Devroye, 1986, "Non-Uniform Random Variate
Generation", chapter III.2): of u uniform in [0, 1), a share of p_k falls to class k. The sums are taken before they are
divided by the last one, u is multiplied by it instead, so that the last class ends where [0, 1) does.

Where u equals a cumulative sum, the label is the next class of positive probability. No class is drawn whose
probability is 0 after rounding.

Shapes: `scores` (N, C), C > 0, and `uniform` (N,); the labels (N,) are integers from 0 to C - 1. ValueError for other
shapes, scores that are not finite, and numbers outside [0, 1).

`torch.multinomial` draws on its own and cannot be given a number, so two programs share draws in this form only.

>>> forward(np.zeros((4, 2)), np.array([0.0, 0.25, 0.5, 0.75])).tolist()
[0, 0, 1, 1]
"""

import numpy as np

from scratch.multiclass._draw import drawn, require_uniform


def forward(scores, uniform):
    """Return the class that each uniform number draws from the softmax of its row."""
    require_uniform(scores, uniform)
    return drawn(np.exp(scores - np.max(scores, axis=1, keepdims=True)), uniform)
