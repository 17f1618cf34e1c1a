"""Connectionist temporal classification, torch's `ctc_loss`.

Source: Graves et al., 2006, "Connectionist Temporal Classification".

Formula: a path emits one class a time step; joining repeats and then dropping blanks turns it into a labelling. The
loss is -ln of the probability of all paths that give the target. Let l be the target with a blank before, between and
behind its labels, x_t(c) the log-probability of class c at time t, and (+) the logarithm of a sum of exponentials:

    a_t(s) = x_t(l_s) + (a_(t-1)(s) (+) a_(t-1)(s-1) [ (+) a_(t-1)(s-2) where l_s != l_(s-2) ])      paths up to s
    b_t(s) = x_(t+1)(l_s) + b_(t+1)(s)  (+)  the same at s+1  [ (+) at s+2 where l_(s+2) != l_s ]    paths from s on
    L = -(a_T(last) (+) a_T(last - 1))

Gradient: the probability of a path is the product of its exp(x_t(c)), so it is its own derivative by every x_t(c) that
the path emits. All paths together have the probability exp(-L), and those at place s at time t exp(a_t(s) + b_t(s)). So
e_t(c) = sum_{s: l_s = c} exp(a_t(s) + b_t(s) + L) is the part of the paths that emit c at time t, its occupancy, and
dL/dx_t(c) = -e_t(c) where the x are free. torch returns exp(x_t(c)) - e_t(c) instead, which is the gradient of the
logits whose log-softmax x is; through log_softmax both lead to the same, for the occupancies of a time sum to 1. This
function does as torch does. It is multiplied by what L receives of `grad`. From the end of a sample on the gradient is
0.

Options:
    blank: the class that stands for no label.
    reduction: none keeps the L, sum adds them, mean divides each by the length of its target (1 at least) and all by
        the number of samples.
    zero_infinity: whether an infinite loss, where no path gives the target, and its gradient count as 0.

Shapes: `log_probs` (T, N, C) or (T, C); `targets` (N, S), padded, or (sum of the lengths,), concatenated; the lengths
are arrays or tuples of N integers, of one where there is no batch.

Errors: ValueError for an empty `log_probs`, shapes and lengths that do not fit, a label or a blank outside [0, C), and
an unknown reduction; TypeError for lengths that are no integers.

torch: has the same infinite loss and NaN for its gradient where no path gives the target. It does not check the labels:
one outside [0, C) makes it read other memory. It adds x twice and takes it away once, so that its gradient may be
infinite where log-probabilities are as large as 1e16.

Example:

>>> x = np.log(np.array([[0.5, 0.5], [0.5, 0.5]]))
>>> float(forward(x, np.array([1]), (2,), (1,)).round(4))
0.2877
>>> backward(np.array(1.0), x, np.array([1]), (2,), (1,)).round(4).tolist()
[[0.1667, -0.1667], [0.1667, -0.1667]]
"""

from typing import NamedTuple

import numpy as np

from scratch._reduction import per_sample, reduce, require_reduction


class _Problem(NamedTuple):
    """A batch: log-probabilities of the extended targets (T, N, 2 S + 1), those targets, skips, and the lengths."""

    x: np.ndarray
    emitted: np.ndarray
    extended: np.ndarray
    skips: np.ndarray
    input_lengths: np.ndarray
    target_lengths: np.ndarray


def forward(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    """Return the negative log-probability of the targets, reduced."""
    problem = _problem(log_probs, targets, input_lengths, target_lengths, blank, reduction)
    losses = _losses(_from_start(problem), problem)
    losses = np.where(np.isposinf(losses), 0, losses) if zero_infinity else losses
    if reduction == "mean":
        losses = losses / np.maximum(problem.target_lengths, 1).astype(losses.dtype)
    losses = losses if log_probs.ndim == 3 else losses[0]
    return reduce(losses, reduction)


def backward(grad, log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    """Return the gradient of `log_probs`, as torch defines it."""
    problem = _problem(log_probs, targets, input_lengths, target_lengths, blank, reduction)
    a, b = _from_start(problem), _to_end(problem)
    losses = _losses(a, problem)
    g = per_sample(grad, losses, reduction).reshape(-1)
    if reduction == "mean":
        g = g / np.maximum(problem.target_lengths, 1).astype(losses.dtype)
    times = np.arange(len(problem.x))[:, np.newaxis]
    with np.errstate(invalid="ignore"):  # an infinite loss
        at_place = np.exp(a + b + losses[:, np.newaxis])
    occupancy = np.zeros_like(problem.x)
    samples = np.arange(len(losses))[:, np.newaxis]
    for s in range(at_place.shape[2]):  # one place at a time, since a class may stand at several
        occupancy[times, samples.T, problem.extended[:, s]] += at_place[:, :, s]
    impossible = np.isposinf(losses)
    occupancy[:, impossible] = np.nan
    x_grad = (np.exp(problem.x) - occupancy) * g[:, np.newaxis]
    over = times >= problem.input_lengths
    if zero_infinity:
        over = over | impossible
    return np.where(over[..., np.newaxis], 0, x_grad).reshape(log_probs.shape)


def _from_start(problem):
    """Return a, the log-probability of all ways to be at place s at time t, -inf where there is none."""
    _, emitted, _, skips, _, _ = problem
    a = np.full_like(emitted, -np.inf)
    a[0, :, :2] = emitted[0, :, :2]
    for t in range(1, len(a)):
        before = a[t - 1]
        ways = before.copy()
        ways[:, 1:] = np.logaddexp(ways[:, 1:], before[:, :-1])
        ways[:, 2:] = np.where(skips, np.logaddexp(ways[:, 2:], before[:, :-2]), ways[:, 2:])
        a[t] = ways + emitted[t]
    return a


def _to_end(problem):
    """Return b, the log-probability of all ways on from place s at time t, -inf where there is none."""
    _, emitted, _, skips, input_lengths, target_lengths = problem
    b = np.full_like(emitted, -np.inf)
    places = np.arange(emitted.shape[2])
    last = 2 * target_lengths[:, np.newaxis]
    ends = np.where((places == last) | (places == last - 1), np.zeros((), emitted.dtype), -np.inf)
    for t in reversed(range(len(b))):
        if t + 1 < len(b):
            after = b[t + 1] + emitted[t + 1]
            ways = after.copy()
            ways[:, :-1] = np.logaddexp(ways[:, :-1], after[:, 1:])
            ways[:, :-2] = np.where(skips, np.logaddexp(ways[:, :-2], after[:, 2:]), ways[:, :-2])
            b[t] = ways
        b[t] = np.where((t == input_lengths - 1)[:, np.newaxis], ends, b[t])
    return b


def _losses(a, problem):
    """Return the loss of every sample; one of no time steps is certain to emit nothing."""
    samples, last = np.arange(a.shape[1]), 2 * problem.target_lengths
    at_end = a[problem.input_lengths - 1, samples]
    before_last = np.where(problem.target_lengths > 0, at_end[samples, last - 1], -np.inf)
    of_nothing = np.where(problem.target_lengths > 0, -np.inf, 0)
    of_all = np.logaddexp(at_end[samples, last], before_last)
    return -np.where(problem.input_lengths > 0, of_all, of_nothing).astype(a.dtype)


def _problem(log_probs, targets, input_lengths, target_lengths, blank, reduction):
    require_reduction(reduction)
    if log_probs.ndim not in (2, 3) or log_probs.size == 0:
        raise ValueError(f"Expected log_probs to have shape (T, N, C) or (T, C), not empty; got {log_probs.shape}.")
    x = log_probs if log_probs.ndim == 3 else log_probs[:, np.newaxis]
    times, samples, classes = x.shape
    if not 0 <= blank < classes:
        raise ValueError(f"Expected blank to be a class from 0 to {classes - 1}; got {blank!r}.")
    input_lengths = _lengths("input_lengths", input_lengths, samples, times)
    target_lengths = _lengths("target_lengths", target_lengths, samples, None)
    labels = _padded(targets if log_probs.ndim == 3 else targets.reshape(-1), target_lengths, blank)
    if np.any((labels < 0) | (labels >= classes)):
        raise ValueError(f"Expected targets to hold classes from 0 to {classes - 1}; got {targets.tolist()}.")
    extended = np.full((samples, 2 * labels.shape[1] + 1), blank)
    extended[:, 1::2] = labels
    skips = extended[:, 2:] != extended[:, :-2]
    emitted = np.take_along_axis(x, extended[np.newaxis], axis=2)
    return _Problem(x, emitted, extended, skips, input_lengths, target_lengths)


def _lengths(name, lengths, samples, most):
    lengths = np.asarray(lengths).reshape(-1)
    if lengths.dtype.kind not in "iu":
        raise TypeError(f"Expected {name} to hold integers; got {lengths.dtype}.")
    if lengths.shape != (samples,):
        raise ValueError(f"Expected {name} to hold {samples}, one a sample; got {len(lengths)}.")
    if np.any(lengths < 0) or (most is not None and np.any(lengths > most)):
        raise ValueError(f"Expected {name} to be between 0 and {most or 'any number'}; got {lengths.tolist()}.")
    return lengths


def _padded(targets, lengths, blank):
    """Return the targets as (N, S), the rest of a row blank."""
    samples, longest = len(lengths), int(lengths.max(initial=0))
    inside = np.arange(longest) < lengths[:, np.newaxis]
    labels = np.full((samples, longest), blank)
    if targets.ndim == 1:
        if targets.size != lengths.sum():
            raise ValueError(f"Expected targets to hold {lengths.sum()} labels, as the lengths do; got {targets.size}.")
        labels[inside] = targets
    elif targets.ndim == 2 and len(targets) == samples and targets.shape[1] >= longest:
        labels[inside] = targets[:, :longest][inside]
    else:
        raise ValueError(
            f"Expected targets of shape ({samples}, {longest} or more) or one dimension; got {targets.shape}."
        )
    return labels
