"""Complex step, a gradient from the imaginary part of the function beside every element.

Source: Lyness and Moler, 1967, doi:10.1137/0704019; Squire and Trapp, 1998, doi:10.1137/S003614459631241X.

Formula: with F the `function`, w the `input`, h the `step`, i the imaginary unit and e_k the array that is 1 at element
k and 0 elsewhere,

    g_k = Im F(w + i h e_k) / h

Derivation: by Taylor, F(w + i h e_k) = F + i h dF/dw_k - h^2/2 d2F/dw_k^2 - i h^3/6 d3F/dw_k^3 + ..., so that g_k is
dF/dw_k to within O(h^2). Nothing is subtracted, so nothing cancels: the step may be as small as 1e-20, where the
truncation is far below the last digit. Only at the edge of the subnormal numbers are digits lost. The function must be
analytic and written for complex numbers: |w|, max, relu, comparisons and conjugation break it.

Shapes: `input`, real, and the result have one shape, any; of its m elements, `function`, which takes such an array of
complex numbers and returns one number, is evaluated at m points.

Errors: ValueError for an input that is not floating, for a step that is not a positive normal number, and for a
function that returns more than one number.

torch: has none; the twin takes the same imaginary parts, all at once by `torch.vmap`.

Example:

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
