"""Clipping of the norm of all gradients together, torch's `clip_grad_norm_`.

Source: Pascanu et al., 2013, arXiv:1211.5063.

Formula:

    n = | (|g_1|_p, |g_2|_p, ...) |_p,   c = min(1, max_norm / (n + 1e-6)),   g_i <- c g_i        p = norm_type

The output is (n, g_1, g_2, ...). The norms are those of `scratch._distance`, which divides out the largest element
before it takes powers.

Derivation: |c g|_p = c |g|_p, so c = max_norm / n brings a norm of n to max_norm. One factor for all keeps the
direction of the whole gradient. The norm of norms is the norm of all elements together, since |g|_p^p = sum_i
|g_i|_p^p, but for p = 0, where it counts the gradients that are not zero, not the elements.

Options:
    max_norm: the norm that is not to be exceeded.
    norm_type: the order p of the norm.
    error_if_nonfinite: whether to refuse an n that is not finite.

Shapes: any number of gradients of any shapes; a parameter without a gradient is left out. Without gradients n is 0, in
single precision.

Errors: ValueError for an empty gradient where p < 0 or infinite, and with `error_if_nonfinite` for an n that is not
finite. Without it an infinite n makes finite gradients 0 and infinite ones NaN, and a NaN spreads.

torch: counts gradients for p = 0 as well, and has the same 1e-6, which shrinks gradients that need no clipping where
max_norm is as small: at n = max_norm = 1e-6 they are halved. It squares without dividing: in float32 its norm of
(2e19, 2e19) is infinite, which makes both 0, and that of (1e-23, 1e-23) is 0.

Example:

>>> norm, clipped, other = forward(np.array([3.0]), np.array([[4.0, 0.0]]), max_norm=1.0)
>>> float(norm), clipped.round(4).tolist(), other.round(4).tolist()
(5.0, [0.6], [[0.8, 0.0]])
"""

import math

import numpy as np

from scratch._distance import norm


def forward(*grads, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Return the norm of all gradients together, and the gradients, scaled so that it is `max_norm` at most."""
    p = float(norm_type)
    if not grads:
        return (np.zeros((), np.float32),)
    total = norm(np.concatenate([norm(g.reshape(-1), p) for g in grads]), p)[0]
    if error_if_nonfinite and not math.isfinite(total):
        raise ValueError(f"Expected gradients of finite norm; got a norm of {total}.")
    with np.errstate(over="ignore", invalid="ignore"):  # a factor above 1 is not used, and 0 inf is NaN in torch, too
        factor = np.minimum(float(max_norm) / (total + 1e-6), 1)
        return total, *(factor * g for g in grads)
