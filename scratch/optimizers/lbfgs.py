"""Limited-memory BFGS, torch's `LBFGS`: Newton's direction from the last few changes of the gradient.

Source: Nocedal, 1980, doi:10.1090/S0025-5718-1980-0572855-7; Liu and Nocedal, 1989, doi:10.1007/BF01589116. The two
loops are Algorithm 7.4 of Nocedal and Wright, 2006, "Numerical Optimization", and H_diag their equation 7.20.

Formula:

    y = g - g_before,  s = t d              the last change of the gradient and of theta, a pair kept if y's > 1e-10
    ro = 1 / y's,  H_diag = y's / y'y       of the newest pair; H_diag is 1 before there is one
    q = -g;         a_i = ro_i s_i'q,   q <- q - a_i y_i                    newest pair first
    d = H_diag q;   d <- d + (a_i - ro_i y_i'd) s_i                         oldest pair first
    t = lr min(1, 1 / |g|_1)                at the very first iteration, lr at all others
    theta <- theta + t d                    or the t that the search for the strong Wolfe conditions finds from there

theta, g and d are all parameters in one vector. A step is up to max_iter such iterations. It ends before that once
max_eval evaluations are used up, max |g| <= tolerance_grad, g'd > -tolerance_change, max |t d| <= tolerance_change or
the loss changed by less than tolerance_change. A gradient that small at the start changes nothing.

Derivation: Of all changes of an inverse Hessian H, BFGS makes the least that gives H y = s:
H <- (1 - ro s y') H (1 - ro y s') + ro s s'. Applied to q, the right factor leaves q - a y with a = ro s'q. With
z = H (q - a y) the left one and the last term make z - ro s y'z + a s. The first loop does the one for all pairs,
H_diag stands for the oldest H, and the second loop does the other. H_diag y is nearest to s, |H_diag y - s| least.

Options:
    lr: the length t of a step along d, or the first one that a search tries.
    max_iter: the most iterations in a step.
    max_eval: the most evaluations in a step; 5/4 of max_iter if None.
    tolerance_grad: the largest element of g at which a step ends.
    tolerance_change: the change of theta or of the loss, or the slope along d, at which a step ends.
    history_size: the most pairs that are kept.
    line_search_fn: "strong_wolfe" searches t; None takes it as it is.

Shapes: `params` is a list of arrays, any shapes, n elements in all; `closure(params)` returns the loss and the list of
gradients, None for zero. `old_dirs` (the y) and `old_stps` (the s) are (k, n), `ro` (k,), oldest pair first, `d` and
`prev_flat_grad` (n,); all but the counters are None before the first iteration.

Errors: ValueError for a negative lr, for gradients unlike their parameters, and, once it comes to that, for another
line_search_fn, a max_eval that leaves the search no evaluation, and a history_size below 1; TypeError for the state of
another optimizer. A run that diverges ends in inf and NaN without a warning; the closure's own warnings are off, too.

torch: The departures of torch from the books are followed here. Without a line search nothing makes y's positive, and a
pair that fails is skipped. The threshold on y's is absolute, so a loss scaled by 1e-12 may never see a pair and is
descended along -g. The first step is scaled by the sum of |g|, not by its 2-norm. The default max_eval ends a step of
max_iter 2 or 3 one iteration early, and with max_iter=1 leaves a line search one trial, which it does not take if the
loss is higher there. The last iteration without a search does not evaluate the loss again.

Example:

>>> def closure(params):
...     return 2 * (params[0] ** 2).sum(), [4 * params[0]]
>>> params = [np.array([1.0, -1.0])]
>>> params, state = step(params, closure, init(params))
>>> params[0].tolist(), state.n_iter, state.func_evals, float(state.H_diag)
([0.0, 0.0], 2, 3, 0.25)
"""

import copy
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_same_shape, require_state
from scratch.optimizers._strong_wolfe import Point, strong_wolfe


class State(NamedTuple):
    """Evaluations and iterations so far, direction and step of the last, the pairs, gradient and loss before it."""

    func_evals: int
    n_iter: int
    d: np.ndarray | None = None
    t: Any = None
    old_dirs: np.ndarray | None = None
    old_stps: np.ndarray | None = None
    ro: np.ndarray | None = None
    H_diag: Any = None
    prev_flat_grad: np.ndarray | None = None
    prev_loss: float | None = None


def init(
    params,
    lr=1,
    max_iter=20,
    max_eval=None,
    tolerance_grad=1e-7,
    tolerance_change=1e-9,
    history_size=100,
    line_search_fn=None,
):
    """Return the state before the first step."""
    require_at_least(0, lr=lr)
    return State(0, 0)


@np.errstate(all="ignore")
def step(
    params,
    closure,
    state,
    lr=1,
    max_iter=20,
    max_eval=None,
    tolerance_grad=1e-7,
    tolerance_change=1e-9,
    history_size=100,
    line_search_fn=None,
):
    """Return the parameters and the state after one step."""
    require_state(state, State)
    state = copy.deepcopy(state)
    loss, grad = _evaluated(closure, params)
    params, evals = [p.copy() for p in params], 1
    budget = max_iter * 5 // 4 if max_eval is None else max_eval
    for i in range(1, 1 + (0 if _size(grad) <= tolerance_grad else max_iter)):
        state = _directed(state, grad, loss, history_size)
        d, t = state.d, lr / max(1, np.abs(grad).sum()) if state.n_iter == 1 else lr
        state = state._replace(t=t)
        point, used = Point(0, loss, grad, grad @ d), 0
        if point.slope > -tolerance_change:
            break
        at = partial(_along, closure, params, d)
        if line_search_fn is not None:
            _require_known(line_search_fn)
            point, used = strong_wolfe(at, t, point, _size(d), tolerance_change, budget - evals)
            t = point.t
        elif i < max_iter:
            point, used = at(t), 1
        params, loss, grad = _moved(params, d, t), point.loss, point.grad
        state, evals = state._replace(t=t), evals + used
        if evals >= budget or _size(grad) <= tolerance_grad or _size(t * d) <= tolerance_change:
            break
        if abs(loss - state.prev_loss) < tolerance_change:
            break
    return params, state._replace(func_evals=state.func_evals + evals)


def _directed(state, g, loss, history_size):
    """Return the state with the newest pair, the direction from here, and the gradient and the loss here."""
    none = np.empty((0, g.size), g.dtype)
    dirs, stps, ro, h = none, none, np.empty(0, g.dtype), 1
    if state.old_dirs is not None:
        dirs, stps, ro, h = state.old_dirs, state.old_stps, state.ro, state.H_diag
    if state.n_iter > 0:
        y, s = g - state.prev_flat_grad, state.t * state.d
        ys = y @ s
        if ys > 1e-10:  # H stays positive definite only where y's is positive; how far above 0 is torch's choice
            require_at_least(1, history_size=history_size)
            first = int(len(ro) == history_size)
            dirs, stps = np.vstack((dirs[first:], y)), np.vstack((stps[first:], s))
            ro, h = np.hstack((ro[first:], 1 / ys)), ys / (y @ y)
    d = _two_loops(-g, dirs, stps, ro, h)
    return State(state.func_evals, state.n_iter + 1, d, None, dirs, stps, ro, h, g.copy(), loss)


def _two_loops(q, dirs, stps, ro, h):
    """Return the product of the inverse Hessian and q."""
    a = []
    for y, s, r in zip(dirs[::-1], stps[::-1], ro[::-1], strict=True):
        a.append(r * (s @ q))
        q = q - a[-1] * y
    d = h * q
    for y, s, r in zip(dirs, stps, ro, strict=True):
        d = d + (a.pop() - r * (y @ d)) * s
    return d


def _along(closure, params, d, t):
    """Return the point a step t along d."""
    loss, grad = _evaluated(closure, _moved(params, d, t))
    return Point(t, loss, grad, grad @ d)


def _evaluated(closure, params):
    """Return the loss and the gradient, as one vector."""
    loss, grads = closure(list(params))
    grads = [np.zeros_like(p) if g is None else g for p, g in zip(params, grads, strict=True)]
    for p, g in zip(params, grads, strict=True):
        require_same_shape(p, g)
    return float(loss), np.concatenate([np.ravel(g) for g in grads])


def _moved(params, d, t):
    """Return the parameters a step t along d."""
    ends = np.cumsum([p.size for p in params])
    return [p + t * d[end - p.size : end].reshape(p.shape) for p, end in zip(params, ends, strict=True)]


def _size(x):
    return np.max(np.abs(x))


def _require_known(line_search_fn):
    if line_search_fn != "strong_wolfe":
        raise ValueError(f"Expected line_search_fn to be 'strong_wolfe' or None; got {line_search_fn!r}.")
