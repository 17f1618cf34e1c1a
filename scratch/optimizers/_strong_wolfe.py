"""A line search for the strong Wolfe conditions, by cubic interpolation (Nocedal and Wright, 2006, section 3.5).

With phi(t) the loss at theta + t d, a step is taken that meets both

    phi(t) <= phi(0) + c1 t phi'(0)        sufficient decrease (Armijo)
    |phi'(t)| <= -c2 phi'(0)               curvature

First steps grow until two of them hold such a point between them, then that bracket shrinks. The next step is the
minimum of the cubic through two points a, b and their slopes (their equation 3.59),

    t = b - (b - a) (phi'(b) + e - h) / (phi'(b) - phi'(a) + 2 e)
    h = phi'(a) + phi'(b) - 3 (phi(a) - phi(b)) / (a - b),    e = sqrt(h^2 - phi'(a) phi'(b))

cut to the bounds, and the middle of these where the root is not real. The constants are torch's, and the book's.

Departures of torch from the book's Algorithms 3.5 and 3.6, followed here: a trial is held against the one before it
from the third on, not from the second; steps grow by 1.01 to 10 times; a trial within a tenth of the bracket of its
edge is moved to that tenth if it stands on the edge or if the last one was that near; a bracket shorter than
tolerance_change ends the search; the lower end of the bracket is the one with the lower loss, even if the decrease is
not sufficient there. Out of evaluations, it returns the lower end, or of 0 and the last step the lower one while there
is no bracket: that may be no step at all. A loss of NaN fails no test, so steps grow 5.5 times each until evaluations
are out, and the last is taken. Where the loss is NaN but the slope flat enough torch raises an IndexError, and the
point is returned here. A first step of 0, from an lr of 0, divides by zero in both.
"""

from typing import Any, NamedTuple

import numpy as np

C1 = 1e-4
C2 = 0.9


class Point(NamedTuple):
    """A step length, and the loss, the gradient and the slope along the direction there."""

    t: Any
    loss: float
    grad: np.ndarray
    slope: Any


def strong_wolfe(at, t, start, reach, tolerance_change, max_ls):
    """Return the point that the search ends at, and the number of evaluations.

    `at(t)` returns a point, `start` is the one at 0, `t` the first step to try and `reach` the largest element of d.
    One evaluation and max_ls more are allowed. ValueError for a negative max_ls.
    """
    if max_ls < 0:
        raise ValueError(f"Expected max_eval to leave a line search one evaluation; got {max_ls + 1}.")

    def too_high(point):
        return point.loss > start.loss + C1 * point.t * start.slope

    def flat(point):
        return abs(point.slope) <= -C2 * start.slope

    before, point, n = start, at(t), 0
    while n < max_ls:
        if too_high(point) or (n > 1 and point.loss >= before.loss):
            break
        if flat(point):
            return point, n + 1
        if point.slope >= 0:
            break
        t = cubic_minimum(before, point, (point.t + 0.01 * (point.t - before.t), 10 * point.t))
        before, point, n = point, at(t), n + 1
    bracket = [before if n < max_ls else start, point]
    low, near = _lower(bracket), False
    while n < max_ls and not abs(bracket[1].t - bracket[0].t) * reach < tolerance_change:
        left, right = sorted(p.t for p in bracket)
        t, near = _inside(cubic_minimum(*bracket), left, right, near)
        point, n = at(t), n + 1
        if too_high(point) or point.loss >= bracket[low].loss:
            bracket[1 - low] = point
            low = _lower(bracket)
        elif flat(point):
            return point, n + 1
        else:
            if point.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
                bracket[1 - low] = bracket[low]
            bracket[low] = point
    return bracket[low], n + 1


def cubic_minimum(a, b, bounds=None):
    """Return where the cubic through two points and their slopes is lowest, within `bounds` or else between them."""
    if not a.t <= b.t:
        a, b = b, a
    low, high = bounds or (a.t, b.t)
    h = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = h**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    e = np.sqrt(square)
    t = b.t - (b.t - a.t) * ((b.slope + e - h) / (b.slope - a.slope + 2 * e))
    return min(max(t, low), high)


def _lower(bracket):
    """Return the index of the end with the lower loss."""
    return 0 if bracket[0].loss <= bracket[1].loss else 1


def _inside(t, left, right, near):
    """Return a trial step, moved off the edge of the bracket if need be, and whether it is left near the edge."""
    tenth = 0.1 * (right - left)
    if not min(right - t, t - left) < tenth:
        return t, False
    if near or not left < t < right:
        return (right - tenth if abs(t - right) < abs(t - left) else left + tenth), False
    return t, True
