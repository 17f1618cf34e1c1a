"""Complex step (Lyness and Moler, 1967, doi:10.1137/0704019; Squire and Trapp, 1998, doi:10.1137/S003614459631241X).

    g_i = Im F(w + i h e_i) / h

By Taylor, F(w + i h e_i) = F + i h dF/dw_i - h^2/2 d2F/dw_i^2 - i h^3/6 d3F/dw_i^3 + ..., so that g_i is dF/dw_i to
within O(h^2). Nothing is subtracted, so nothing cancels: the step may be as small as 1e-20, where the truncation is
far below the last digit. Only at the edge of the subnormal numbers are digits lost.

The function must be analytic and written for complex numbers: |w|, max, relu, comparisons and conjugation break it.

Shapes: `input`, real, and the result have one shape, any; of its m elements, `function`, which takes such an array of
complex numbers and returns one number, is evaluated at m points. ValueError for an input that is not floating, for a
step that is not a positive normal number, and for a function that returns more than one number.

>>> forward(np.array([1.0, 2.0]), lambda w: (w * w * w).sum(), step=1e-20).tolist()
[3.0, 12.0]
"""

import numpy as np

from scratch._evaluate import number, require, steps


def forward(input, function, step):
    """Return the gradient of `function` at `input`, to within the square of the step."""
    require(input, step)
    found = [np.imag(number(function, input + 1j * e)) / step for e in steps(input, step)]
    return np.array(found, input.dtype).reshape(input.shape)
