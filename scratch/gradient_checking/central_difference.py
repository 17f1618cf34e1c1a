"""Central difference, a gradient from the values of the function on both sides of every element.

Source: the gradient checking of the lectures; its error: Nocedal and Wright, 2006, "Numerical Optimization", section
8.1.

Formula: with F the `function`, w the `input`, h the `step` and e_i the array that is 1 at element i and 0 elsewhere,

    g_i = (F(w + h e_i) - F(w - h e_i)) / (2 h)

Derivation: by Taylor the even terms cancel, g_i = dF/dw_i + h^2/6 d3F/dw_i^3 + O(h^4): the truncation falls as h^2.
Rounding costs about u F/h, with the unit roundoff u, as in a forward difference. Both are equal near the cube root of
u, 5e-6 in float64 and 4e-3 in float32, where two thirds of the digits are right.

Shapes: `input` and the result have one shape, any; of its m elements, `function`, which takes such an array and returns
one number, is evaluated at 2 m points.

Errors: ValueError for an input that is not floating, for a step that is not a positive normal number, and for a
function that returns more than one number.

torch: has none that returns it, though `torch.autograd.gradcheck` computes it; the twin evaluates the same differences,
all at once by `torch.vmap`.

Example:

>>> forward(np.array([1.0, 2.0]), lambda w: (w * w * w).sum(), step=0.5).tolist()
[3.25, 12.25]
"""

import numpy as np

from scratch._evaluate import number, require, steps


def forward(input, function, step):
    """Return the gradient of `function` at `input`, to within the error of the difference."""
    require(input, step)
    found = [(number(function, input + e) - number(function, input - e)) / (2 * step) for e in steps(input, step)]
    return np.array(found, input.dtype).reshape(input.shape)
