"""Multi-head attention, torch's `multi_head_attention_forward`.

Source: Vaswani et al., 2017, "Attention Is All You Need", arXiv:1706.03762.

Formula:

    Q = x_q W_q' + b_q,   K = [x_k W_k' + b_k; bias_k; 0],   V = [x_v W_v' + b_v; bias_v; 0]
    Z_h = s Q_h K_h' + B,   P_h = softmax(Z_h) along the keys,   O_h = (M P_h) V_h        for each head h of H
    y = [O_1, ..., O_H] W_o' + b_o

A head has D = E / H of the E columns, and s = 1 / sqrt(D). x_q, x_k, x_v are `query`, `key` and `value`; W_q, W_k, W_v
and b_q, b_k, b_v are the thirds of `in_proj_weight` and `in_proj_bias`, W_o and b_o are `out_proj_weight` and
`out_proj_bias`. The rows bias_k and bias_v are appended if given, the row of zeros with `add_zero_attn`. B adds up both
masks and is 0 at appended keys. M is dropout's factor. The output is (y, M P), or (y, None).

Gradient: back through each formula, where g is dL/dy and w is dL/d(M P), 0 if the weights are not returned and divided
by H for their mean:

    dL/dO = g W_o,   dL/dW_o = sum g' O,   dL/db_o = sum g
    dL/dV_h = (M P_h)' dL/dO_h,   dL/dP_h = M (dL/dO_h V_h' + w)
    dL/dZ_h = P_h (dL/dP_h - sum_k P_h dL/dP_h)            since dP_k/dZ_j = P_k (1{k = j} - P_j)
    dL/dQ_h = s dL/dZ_h K_h,   dL/dK_h = s dL/dZ_h' Q_h,   dL/dB = dL/dZ_h
    dL/dx_q = dL/dQ W_q,   dL/dW_q = sum dL/dQ' x_q,   dL/db_q = sum dL/dQ        likewise for k and v, by their rows

The zero gets nothing, bias_k and bias_v the sum of their rows over the batch, a static input its place. A floating mask
gets dL/dB, summed over the batch and the heads that use it.

Options:
    training: drop weights.
    key_padding_mask, attn_mask: -inf where a boolean one is True; a floating one is added.
    need_weights: return the weights; else None.
    use_separate_proj_weight: W_q, W_k and W_v come by themselves.
    q_proj_weight, k_proj_weight, v_proj_weight: W_q, W_k and W_v then.
    static_k, static_v: take the place of the projected keys and values.
    average_attn_weights: return the mean of the weights over the heads; else those of each.
    is_causal: a hint that `attn_mask` is causal, which it needs.
    dropout_mask: M is 1 / (1 - dropout_p) where it is True and 0 elsewhere; needed in training with dropout_p > 0.

Shapes: `query` is (L, N, E), `key` (S, N, key features), `value` (S, N, value features), or all without N; y is
(L, N, out). `attn_mask` is (L, S) or (N H, L, S), `key_padding_mask` (N, S), `static_k` and `static_v` (N H, S, D),
`bias_k` and `bias_v` (1, 1, E), `dropout_mask` (N H, L, S with what is appended); the weights are (N, L, S) or
(N, H, L, S).

Errors: ValueError for what does not fit, TypeError for a mask of integers.

torch: draws the dropout itself; here it is an argument. In both a query to which every key is hidden gets NaN with
`need_weights` and 0 without, and `is_causal` is ignored, but with neither `need_weights` nor `key_padding_mask` it
replaces `attn_mask` and then hides appended keys too, which the mask leaves open.

Example:

>>> x, eye = np.array([[1.0, 0.0], [0.0, 2.0]]), np.eye(2)
>>> options = dict(in_proj_bias=None, bias_k=None, bias_v=None, add_zero_attn=False, dropout_p=0.0)
>>> options |= dict(embed_dim_to_check=2, num_heads=1, out_proj_weight=eye, out_proj_bias=None)
>>> y, weights = forward(x, x, x, in_proj_weight=np.tile(eye, (3, 1)), **options)
>>> y.round(4).tolist()
[[0.6698, 0.6605], [0.0558, 1.8884]]
>>> grad = np.ones((2, 2)), np.zeros((2, 2))
>>> backward(grad, x, x, x, in_proj_weight=np.tile(eye, (3, 1)), **options).value.round(4).tolist()
[[0.7256, 0.7256], [1.2744, 1.2744]]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._multihead import (
    Arguments,
    batched,
    by_head,
    dropout_mask_by_head,
    keys_by_head,
    keys_by_head_backward,
    mask_bias,
    mask_bias_backward,
    projections,
    require_arguments,
    side_by_side,
)
from scratch.activations.scaled_dot_product_attention import (
    attention_weights,
    attention_weights_backward,
    dropout_factor,
)
from scratch.layers import linear


class Gradients(NamedTuple):
    """Gradients by input; None for what was not given, for masks that are not floating and for what had no part."""

    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    in_proj_weight: np.ndarray | None
    in_proj_bias: np.ndarray | None
    bias_k: np.ndarray | None
    bias_v: np.ndarray | None
    out_proj_weight: np.ndarray
    out_proj_bias: np.ndarray | None
    key_padding_mask: np.ndarray | None
    attn_mask: np.ndarray | None
    q_proj_weight: np.ndarray | None
    k_proj_weight: np.ndarray | None
    v_proj_weight: np.ndarray | None
    static_k: np.ndarray | None
    static_v: np.ndarray | None


def forward(
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
    dropout_mask=None,
):
    """Return the attention, and its weights or None."""
    a = Arguments(
        inputs=(query, key, value),
        embed_dim=embed_dim_to_check,
        num_heads=num_heads,
        in_proj_weight=in_proj_weight,
        separate_weights=(q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None,
        in_proj_bias=in_proj_bias,
        biases=(bias_k, bias_v),
        statics=(static_k, static_v),
        add_zero_attn=add_zero_attn,
        attn_mask=attn_mask,
        key_padding_mask=key_padding_mask,
        need_weights=need_weights,
        is_causal=is_causal,
        dropout_p=dropout_p if training else 0.0,
        dropout_mask=dropout_mask,
    )
    _, _, v, p, m = _attend(a)
    weights = m * p
    output = linear.forward(side_by_side(weights @ v), out_proj_weight, out_proj_bias)
    if average_attn_weights:
        weights = np.mean(weights, axis=1)
    if query.ndim == 2:
        output, weights = output[:, 0], weights[0]
    return output, weights if need_weights else None


def backward(
    grad,
    query,
    key,
    value,
    embed_dim_to_check,
    num_heads,
    in_proj_weight,
    in_proj_bias,
    bias_k,
    bias_v,
    add_zero_attn,
    dropout_p,
    out_proj_weight,
    out_proj_bias,
    training=True,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    use_separate_proj_weight=False,
    q_proj_weight=None,
    k_proj_weight=None,
    v_proj_weight=None,
    static_k=None,
    static_v=None,
    average_attn_weights=True,
    is_causal=False,
    dropout_mask=None,
):
    """Return the gradients of all floating inputs; `grad` is that of the output, or of output and weights."""
    a = Arguments(
        inputs=(query, key, value),
        embed_dim=embed_dim_to_check,
        num_heads=num_heads,
        in_proj_weight=in_proj_weight,
        separate_weights=(q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None,
        in_proj_bias=in_proj_bias,
        biases=(bias_k, bias_v),
        statics=(static_k, static_v),
        add_zero_attn=add_zero_attn,
        attn_mask=attn_mask,
        key_padding_mask=key_padding_mask,
        need_weights=need_weights,
        is_causal=is_causal,
        dropout_p=dropout_p if training else 0.0,
        dropout_mask=dropout_mask,
    )
    q, k, v, p, m = _attend(a)
    d_y = batched(grad[0] if need_weights else grad)
    out = linear.backward(d_y, side_by_side((m * p) @ v), out_proj_weight, out_proj_bias)
    d_o = by_head(out.input, num_heads)
    d_weights = d_o @ v.swapaxes(-1, -2)
    if need_weights:
        d_weights = d_weights + (np.expand_dims(grad[1], -3) / num_heads if average_attn_weights else grad[1])
    d_q, d_k, d_b = attention_weights_backward(m * d_weights, p, q, k, _scale(a))
    d_v = (m * p).swapaxes(-1, -2) @ d_o
    d_k, d_bias_k, d_static_k = keys_by_head_backward(d_k, bias_k, static_k, a)
    d_v, d_bias_v, d_static_v = keys_by_head_backward(d_v, bias_v, static_v, a)
    projected = zip((side_by_side(d_q), d_k, d_v), projections(a), strict=True)
    maps = [linear.backward(d, *projection) for d, projection in projected]
    d_query, d_key, d_value = (g.input.reshape(x.shape) for g, x in zip(maps, a.inputs, strict=True))
    separate = [g.weight for g in maps] if use_separate_proj_weight else [None] * 3
    d_mask, d_padding = mask_bias_backward(d_b, a)
    return Gradients(
        query=d_query,
        key=d_key,
        value=d_value,
        in_proj_weight=None if use_separate_proj_weight else np.concatenate([g.weight for g in maps]),
        in_proj_bias=None if in_proj_bias is None else np.concatenate([g.bias for g in maps]),
        bias_k=d_bias_k,
        bias_v=d_bias_v,
        out_proj_weight=out.weight,
        out_proj_bias=out.bias,
        key_padding_mask=d_padding,
        attn_mask=d_mask,
        q_proj_weight=separate[0],
        k_proj_weight=separate[1],
        v_proj_weight=separate[2],
        static_k=d_static_k,
        static_v=d_static_v,
    )


def _attend(a):
    """Return Q, K and V by head, P and M."""
    require_arguments(a)
    q, k, v = (linear.forward(*projection) for projection in projections(a))
    q = by_head(q, a.num_heads)
    k, v = (keys_by_head(*x, a) for x in zip((k, v), a.biases, a.statics, strict=True))
    shape = (*q.shape[:-1], k.shape[-2])
    p = attention_weights(q, k, _scale(a), mask_bias(shape, a), all_hidden=math.nan if a.need_weights else 0.0)
    return q, k, v, p, dropout_factor(a.dropout_p, dropout_mask_by_head(shape, a), p)


def _scale(a):
    """Return s = 1 / sqrt(D), D = E / H."""
    return math.sqrt(a.num_heads / a.embed_dim)
