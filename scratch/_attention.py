"""The core of attention: the weights of a softmax of scaled products, what masks and dropout do to them, and gradients.

    P = softmax(s Q K' + B) along the keys,   B = -inf where a key is hidden

With G = dL/dP the softmax gives dL/dZ = P (G - sum_k G P) for its argument Z, which is dL/dB, too; and since Z is
bilinear, dL/dQ = s dL/dZ K and dL/dK = s dL/dZ' Q.
"""

import math

import numpy as np


def weigh(query, key, scale, bias, unseeing):
    """Return the weights; a query to which all keys are hidden gets `unseeing` in place of 0 / 0."""
    z = (query * scale) @ key.swapaxes(-1, -2)
    z = z if bias is None else z + bias
    largest = np.max(z, axis=-1, keepdims=True, initial=-math.inf)
    e = np.exp(z - np.where(largest == -math.inf, 0, largest))
    total = np.sum(e, axis=-1, keepdims=True)
    return np.where(total == 0, unseeing, e / np.where(total == 0, 1, total))


def pull(slope, weights, query, key, scale):
    """Return the gradients of `query`, `key` and `bias`, where `slope` is that of the weights."""
    z = weights * (slope - np.sum(slope * weights, axis=-1, keepdims=True))
    return scale * (z @ key), scale * (z.swapaxes(-1, -2) @ query), z


def hide(hidden, dtype):
    """Return the bias that hides keys: -inf where `hidden` is True, 0 elsewhere."""
    return np.where(hidden, -math.inf, 0.0).astype(dtype)


def causal(shape, dtype):
    """Return the bias that hides from query i the keys after key i, for weights of this shape."""
    return hide(np.triu(np.ones(shape[-2:], dtype=bool), 1), dtype)


def require_mask(name, mask):
    """Raise a TypeError unless the mask is absent, boolean or floating."""
    if mask is not None and mask.dtype.kind not in "bf":
        raise TypeError(f"Expected {name} to be boolean or floating; got {mask.dtype}.")


def require_fit(name, x, shape):
    """Raise a ValueError unless `x` broadcasts to this shape, that of the weights."""
    if x.ndim > len(shape) or any(n not in (1, m) for n, m in zip(x.shape[::-1], shape[::-1], strict=False)):
        raise ValueError(f"Expected {name} to broadcast to the weights, {shape}; got {x.shape}.")


def keep(dropout_p, dropout_mask, weights):
    """Return what dropout multiplies the weights by: 1 / (1 - p) where the mask is True, 0 elsewhere."""
    if not 0 <= dropout_p <= 1:
        raise ValueError(f"Expected dropout_p to be between 0 and 1; got {dropout_p!r}.")
    if dropout_p == 0:
        return np.ones((), weights.dtype)
    if dropout_mask is None:
        raise ValueError(f"Expected a dropout_mask with dropout_p = {dropout_p!r}; got None.")
    require_fit("dropout_mask", dropout_mask, weights.shape)
    return np.where(dropout_mask, 1 / (1 - dropout_p) if dropout_p < 1 else 0.0, 0.0).astype(weights.dtype)
