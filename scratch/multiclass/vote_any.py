"""One-versus-all by chance: a random one of the classes whose binary learner says yes, by a given uniform number.

Source: lecture D, one-versus-all.

Formula:

    yes = {k : s_k >= 0},   or all classes if there is none;   label = the m-th of yes, m = floor(u |yes|)

A score of 0 says yes. The classes count in their order, from m = 0; u is uniform in [0, 1), so each of them has the
same chance. `scratch.multiclass.one_versus_all` predicts without chance, by the largest score.

Shapes: `scores` (N, C), C > 0, and `uniform` (N,); the labels (N,) are integers from 0 to C - 1.

Errors: ValueError for other shapes, scores that are not finite, and numbers outside [0, 1).

torch: has none; the twin is written with `torch.heaviside` and `torch.nonzero`.

Example:

>>> scores = np.array([[1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [-1.0, -2.0, -3.0]])
>>> forward(scores, np.array([0.25, 0.5, 0.75])).tolist()
[0, 2, 2]
"""

import numpy as np

from scratch.multiclass._draw import drawn, require_uniform


def forward(scores, uniform):
    """Return a class that says yes, or any if none does, for each row."""
    require_uniform(scores, uniform)
    yes = scores >= 0
    chosen = yes | ~np.any(yes, axis=1, keepdims=True)
    return drawn(chosen.astype(uniform.dtype), uniform)
