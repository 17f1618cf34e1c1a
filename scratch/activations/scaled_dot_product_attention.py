"""Scaled dot-product attention, torch's `scaled_dot_product_attention`.

Source: Vaswani et al., 2017, "Attention Is All You Need", arXiv:1706.03762.

Formula:

    Z = s Q K' + B,   P = softmax(Z) along the keys,   O = (M P) V

s is `scale`. B is `attn_mask` and M is dropout's factor; without them B is 0 and M is 1. A query to which every key is
hidden gets 0.

Gradient: O = (M P) V gives dL/dV = (M P)' dL/dO and dL/dP = M (dL/dO V'). A weight is P_k = exp(Z_k) / sum_j exp(Z_j),
so dP_k/dZ_j = P_k (1{k = j} - P_j) and dL/dZ = P (dL/dP - sum_k P_k dL/dP_k). Z is bilinear, so dL/dQ = s dL/dZ K,
dL/dK = s dL/dZ' Q, and dL/dB = dL/dZ. What was stretched (an axis of 1, a head of keys for several of queries with
`enable_gqa`) gets the sum over its copies. A hidden key has P_k = 0, and a query to which every key is hidden has
P = 0, so nothing is passed on there.

Options:
    attn_mask: B if it is floating; B is -inf where a boolean one is False, and 0 elsewhere.
    dropout_p: the probability of dropping a weight.
    is_causal: hide from query i the keys after key i, counted from the first of each, whatever L and S.
    scale: s; None is 1 / sqrt(E).
    enable_gqa: axis -3 counts heads, and each head of keys and values serves several of queries.
    dropout_mask: M is 1 / (1 - dropout_p) where it is True and 0 elsewhere; needed with dropout_p > 0.

Shapes: `query` is (..., L, E), `key` (..., S, E), `value` (..., S, V), the output (..., L, V); the leading axes
broadcast. `attn_mask` and `dropout_mask` broadcast to the weights (..., L, S). With `enable_gqa` the heads of `key` and
those of `value` divide those of `query`.

Errors: ValueError for shapes that do not fit, `attn_mask` beside `is_causal`, a `dropout_p` outside [0, 1] or above 0
without `dropout_mask`; TypeError for a mask of integers.

torch: draws the dropout itself; here it is an argument. Its CPU kernel for four dimensions takes the sum over keys from
the rounded output, so a query that sees one key alone gets a gradient of 1e-8 times that key in float32, and not 0; and
it refuses an `attn_mask` of less than two dimensions, which its other forms broadcast.

Example:

>>> q, k, v = np.array([[1.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[1.0], [3.0]])
>>> forward(q, k, v).tolist()
[[2.0]]
>>> backward(np.array([[1.0]]), q, k, v, scale=1.0).key.tolist()
[[-0.5, 0.0], [0.5, 0.0]]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast


class Gradients(NamedTuple):
    """Gradients by input; that of `attn_mask` is None unless it is floating."""

    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    attn_mask: np.ndarray | None = None


def forward(
    query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False, dropout_mask=None
):
    """Return the attention of each query to the values."""
    _require_shapes(query, key, value, enable_gqa)
    k, v = (_repeat_heads(x, query, enable_gqa) for x in (key, value))
    p = attention_weights(query, k, _scale(query, scale), _bias(query, k, attn_mask, is_causal), all_hidden=0.0)
    return (dropout_factor(dropout_p, dropout_mask, p) * p) @ v


def backward(
    grad,
    query,
    key,
    value,
    attn_mask=None,
    dropout_p=0.0,
    is_causal=False,
    scale=None,
    enable_gqa=False,
    dropout_mask=None,
):
    """Return the gradients of `query`, `key`, `value` and of a floating `attn_mask`."""
    _require_shapes(query, key, value, enable_gqa)
    k, v = (_repeat_heads(x, query, enable_gqa) for x in (key, value))
    s = _scale(query, scale)
    p = attention_weights(query, k, s, _bias(query, k, attn_mask, is_causal), all_hidden=0.0)
    m = dropout_factor(dropout_p, dropout_mask, p)
    d_p = m * unbroadcast(grad @ v.swapaxes(-1, -2), p.shape)
    d_q, d_k, d_b = attention_weights_backward(d_p, p, query, k, s)
    d_v = (m * p).swapaxes(-1, -2) @ grad
    return Gradients(
        query=unbroadcast(d_q, query.shape),
        key=_repeat_heads_backward(d_k, k, key),
        value=_repeat_heads_backward(d_v, v, value),
        attn_mask=None if attn_mask is None or attn_mask.dtype.kind == "b" else unbroadcast(d_b, attn_mask.shape),
    )


def attention_weights(q, k, s, b, all_hidden):
    """Return P; a query to which all keys are hidden gets `all_hidden` in place of 0 / 0."""
    z = (q * s) @ k.swapaxes(-1, -2)
    z = z if b is None else z + b
    # Without the largest z, no exp overflows. Where all are -inf, -inf - -inf would be NaN, so 0 is taken out.
    largest = np.max(z, axis=-1, keepdims=True, initial=-math.inf)
    e = np.exp(z - np.where(largest == -math.inf, 0, largest))
    total = np.sum(e, axis=-1, keepdims=True)
    return np.where(total == 0, all_hidden, e / np.where(total == 0, 1, total))


def attention_weights_backward(d_p, p, q, k, s):
    """Return the gradients of Q, K and B from that of P."""
    d_z = p * (d_p - np.sum(d_p * p, axis=-1, keepdims=True))
    return s * (d_z @ k), s * (d_z.swapaxes(-1, -2) @ q), d_z


def dropout_factor(dropout_p, dropout_mask, p):
    """Return M for the weights P: 1 / (1 - dropout_p) where the mask is True, 0 elsewhere."""
    if not 0 <= dropout_p <= 1:
        raise ValueError(f"Expected dropout_p to be between 0 and 1; got {dropout_p!r}.")
    if dropout_p == 0:
        return np.ones((), p.dtype)
    if dropout_mask is None:
        raise ValueError(f"Expected a dropout_mask with dropout_p = {dropout_p!r}; got None.")
    _require_fit("dropout_mask", dropout_mask, p.shape)
    return np.where(dropout_mask, 1 / (1 - dropout_p) if dropout_p < 1 else 0.0, 0.0).astype(p.dtype)


def hiding_bias(hidden, dtype):
    """Return the B that hides keys: -inf where `hidden` is True, 0 elsewhere."""
    return np.where(hidden, -math.inf, 0.0).astype(dtype)


def causal_bias(shape, dtype):
    """Return the B that hides from query i the keys after key i, for weights of this shape."""
    return hiding_bias(np.triu(np.ones(shape[-2:], dtype=bool), 1), dtype)


def require_mask(name, mask):
    """Raise a TypeError unless the mask is absent, boolean or floating."""
    if mask is not None and mask.dtype.kind not in "bf":
        raise TypeError(f"Expected {name} to be boolean or floating; got {mask.dtype}.")


def _bias(query, k, attn_mask, is_causal):
    """Return B, None for none."""
    shape = (*np.broadcast_shapes(query.shape[:-2], k.shape[:-2]), query.shape[-2], k.shape[-2])
    if attn_mask is None:
        return causal_bias(shape, query.dtype) if is_causal else None
    if is_causal:
        raise ValueError("Expected attn_mask to be None with is_causal; got a mask.")
    require_mask("attn_mask", attn_mask)
    _require_fit("attn_mask", attn_mask, shape)
    return hiding_bias(~attn_mask, query.dtype) if attn_mask.dtype.kind == "b" else attn_mask


def _scale(query, scale):
    return 1 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale


def _repeat_heads(x, query, enable_gqa):
    """Return keys or values with each head repeated for the heads of queries that use it."""
    return np.repeat(x, query.shape[-3] // x.shape[-3], axis=-3) if enable_gqa else x


def _repeat_heads_backward(d_repeated, repeated, x):
    """Return the gradient of `x` from that of its heads, `repeated`."""
    if repeated.shape == x.shape:
        return unbroadcast(d_repeated, x.shape)
    copies = d_repeated.reshape(
        *d_repeated.shape[:-3], x.shape[-3], repeated.shape[-3] // x.shape[-3], *d_repeated.shape[-2:]
    )
    return unbroadcast(copies.sum(axis=-3), x.shape)


def _require_fit(name, x, shape):
    """Raise a ValueError unless `x` broadcasts to this shape, that of the weights."""
    if x.ndim > len(shape) or any(n not in (1, m) for n, m in zip(x.shape[::-1], shape[::-1], strict=False)):
        raise ValueError(f"Expected {name} to broadcast to the weights, {shape}; got {x.shape}.")


def _require_shapes(query, key, value, enable_gqa):
    shapes = f"{query.shape}, {key.shape} and {value.shape}"
    if min(query.ndim, key.ndim, value.ndim) < 2 + enable_gqa:
        raise ValueError(f"Expected query, key and value of {2 + enable_gqa} dimensions at least; got {shapes}.")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ValueError(f"Expected query (..., L, E), key (..., S, E) and value (..., S, V); got {shapes}.")
    if enable_gqa and (query.shape[-3] % key.shape[-3] or query.shape[-3] % value.shape[-3]):
        raise ValueError(f"Expected the heads of key and value to divide those of query; got {shapes}.")
