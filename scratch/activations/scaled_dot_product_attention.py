"""Scaled dot-product attention (Vaswani et al., 2017, arXiv:1706.03762).

    P = softmax(s Q K' + B) along the keys,   O = (M P) V,   s = 1 / sqrt E if not given

B is a floating `attn_mask`, or -inf where a boolean one is False; `is_causal` hides from query i the keys after key i,
counted from the first of each, whatever L and S. M is 1, or with dropout 1 / (1 - p) where `dropout_mask` is True and 0
elsewhere. The softmax takes the largest argument out first. A query to which every key is hidden gets 0.

Gradient: dL/dV = (M P)' g and dL/dP = M (g V'). The softmax makes of it dL/dZ = P (dL/dP - sum_k P dL/dP) for its
argument Z, which is bilinear: dL/dQ = s dL/dZ K, dL/dK = s dL/dZ' Q, dL/dB = dL/dZ. What was stretched (an axis of 1, a
head of keys for several of queries with `enable_gqa`) gets the sum over its copies; a hidden query passes nothing on.

Shapes: `query` (..., L, E), `key` (..., S, E), `value` (..., S, V), the output (..., L, V); the leading axes broadcast.
`attn_mask` and `dropout_mask` broadcast to the weights (..., L, S). With `enable_gqa` axis -3 counts heads, and those
of `key` and of `value` divide those of `query`. ValueError for shapes that do not fit, `attn_mask` beside `is_causal`,
a `dropout_p` outside [0, 1] or above 0 without `dropout_mask`; TypeError for a mask of integers.

torch draws the dropout itself; here it is an argument. Its CPU kernel for four dimensions takes the sum over keys from
the rounded output, so a query that sees one key alone gets a gradient of 1e-8 times that key in float32, and not 0; and
it refuses an `attn_mask` of less than two dimensions, which its other forms broadcast.

>>> q, k, v = np.array([[1.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[1.0], [3.0]])
>>> forward(q, k, v).tolist()
[[2.0]]
>>> backward(np.array([[1.0]]), q, k, v, scale=1.0).key.tolist()
[[-0.5, 0.0], [0.5, 0.0]]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._attention import causal, hide, keep, pull, require_fit, require_mask, weigh
from scratch._broadcast import unbroadcast


class Gradients(NamedTuple):
    """Gradients by input; that of `attn_mask` is None unless it is floating."""

    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    attn_mask: np.ndarray | None = None


def forward(
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
    """Return the attention of each query to the values."""
    _require_shapes(query, key, value, enable_gqa)
    weights = _weights(query, key, attn_mask, is_causal, scale, enable_gqa)
    return (weights * keep(dropout_p, dropout_mask, weights)) @ _for_heads(value, query, enable_gqa)


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
    weights = _weights(query, key, attn_mask, is_causal, scale, enable_gqa)
    kept = keep(dropout_p, dropout_mask, weights)
    k, v = (_for_heads(x, query, enable_gqa) for x in (key, value))
    slope = kept * unbroadcast(grad @ v.swapaxes(-1, -2), weights.shape)
    of_query, of_key, of_mask = pull(slope, weights, query, k, _scale(query, scale))
    of_value = (weights * kept).swapaxes(-1, -2) @ grad
    return Gradients(
        query=unbroadcast(of_query, query.shape),
        key=_of_heads(of_key, k, key),
        value=_of_heads(of_value, v, value),
        attn_mask=None if attn_mask is None or attn_mask.dtype.kind == "b" else unbroadcast(of_mask, attn_mask.shape),
    )


def _weights(query, key, attn_mask, is_causal, scale, enable_gqa):
    k = _for_heads(key, query, enable_gqa)
    shape = (*np.broadcast_shapes(query.shape[:-2], k.shape[:-2]), query.shape[-2], k.shape[-2])
    bias = causal(shape, query.dtype) if is_causal else None
    if attn_mask is not None:
        if is_causal:
            raise ValueError("Expected attn_mask to be None with is_causal; got a mask.")
        require_mask("attn_mask", attn_mask)
        require_fit("attn_mask", attn_mask, shape)
        bias = hide(~attn_mask, query.dtype) if attn_mask.dtype.kind == "b" else attn_mask
    return weigh(query, k, _scale(query, scale), bias, unseeing=0.0)


def _scale(query, scale):
    return 1 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale


def _for_heads(x, query, enable_gqa):
    """Return keys or values with each head repeated for the heads of queries that share it."""
    return np.repeat(x, query.shape[-3] // x.shape[-3], axis=-3) if enable_gqa else x


def _of_heads(slope, repeated, x):
    """Return the gradient of `x` from that of its heads `repeated`."""
    if repeated.shape == x.shape:
        return unbroadcast(slope, x.shape)
    shared = slope.reshape(*slope.shape[:-3], x.shape[-3], repeated.shape[-3] // x.shape[-3], *slope.shape[-2:])
    return unbroadcast(shared.sum(axis=-3), x.shape)


def _require_shapes(query, key, value, enable_gqa):
    shapes = f"{query.shape}, {key.shape} and {value.shape}"
    if min(query.ndim, key.ndim, value.ndim) < 2 + enable_gqa:
        raise ValueError(f"Expected query, key and value of {2 + enable_gqa} dimensions at least; got {shapes}.")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ValueError(f"Expected query (..., L, E), key (..., S, E) and value (..., S, V); got {shapes}.")
    if enable_gqa and (query.shape[-3] % key.shape[-3] or query.shape[-3] % value.shape[-3]):
        raise ValueError(f"Expected the heads of key and value to divide those of query; got {shapes}.")
