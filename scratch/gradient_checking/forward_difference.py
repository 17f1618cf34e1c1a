"""Forward difference, a gradient from two values of the function for every element.

Source: as old as the derivative; its error: Nocedal and Wright, 2006, "Numerical Optimization", section 8.1.

Formula: with F the `function`, w the `input`, h the `step` and e_i the array that is 1 at element i and 0 elsewhere,

    g_i = (F(w + h e_i) - F(w)) / h

Derivation: by Taylor, g_i = dF/dw_i + h/2 d2F/dw_i^2 + O(h^2): the truncation falls as h. The difference of two rounded
values of about F, divided by h, is off by about u F/h, with the unit roundoff u. Both are equal near h = sqrt(u), 1e-8
in float64 and 2e-4 in float32, where half of the digits are right; a smaller step makes it worse.

Shapes: `input` and the result have one shape, any; of its m elements, `function`, which takes such an array and returns
one number, is evaluated at m + 1 points.

Errors: ValueError for an input that is not floating, for a step that is not a positive normal number, and for a
function that returns more than one number.

torch: has none; the twin evaluates the same differences, all at once by `torch.vmap`.

Example:

>>> forward(np.array([1.0, 2.0]), lambda w: (w * w).sum(), step=0.5).tolist()
[2.5, 4.5]
"""

import numpy as np

from scratch._evaluate import number, require, steps


def forward(input, function, step):
    """Return the gradient of `function` at `input`, to within the error of the difference."""
    require(input, step)
    # a copy, so that a function that writes into its argument leaves `input` as it is
    here = number(function, input.copy())
    found = [(number(function, input + e) - here) / step for e in steps(input, step)]
    return np.array(found, input.dtype).reshape(input.shape)
