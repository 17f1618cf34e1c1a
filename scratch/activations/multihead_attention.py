"""Multi-head attention (Vaswani et al., 2017, arXiv:1706.03762), torch's `multi_head_attention_forward`.

    Q = x_q W_q' + b_q,   K = [x_k W_k' + b_k; bias_k; 0],   V = [x_v W_v' + b_v; bias_v; 0]
    P = M softmax(Q_h K_h' / sqrt D + B) for each head h,   y = [P_1 V_1, ..., P_H V_H] W_o' + b_o

A head has D = E / H of the E columns. W_q, W_k, W_v are the thirds of `in_proj_weight`, or come by themselves with
`use_separate_proj_weight`; b_q, b_k, b_v are the thirds of `in_proj_bias`. `static_k` and `static_v` replace the
projected keys and values; then `add_zero_attn` appends the zero. B adds up `attn_mask` and `key_padding_mask`, where
True is -inf, and is 0 at the appended keys. M is 1, or in training 1 / (1 - dropout_p) where `dropout_mask` is True and
0 elsewhere. With `need_weights` P is returned too, or its mean over the heads.

Gradient: the output passes g W_o back to the heads, and these dL/dV_h = P' g and dL/dP = g V_h', to which that of the
returned weights is added (an H-th of it for their mean). M, the softmax and the scaled product follow as in
`scaled_dot_product_attention`. From there each input gets its rows of dL/dQ, dL/dK, dL/dV: the appended zero none, the
biases the sum over the batch, a static input those of its place, and an affine map x W' + b passes on dL/dx = g W,
dL/dW = g' x, dL/db = sum g. A floating mask gets dL/dB, summed over the batch and the heads that share it.

Shapes: `query` (L, N, E), `key` (S, N, key features), `value` (S, N, value features), or all without N; the output
(L, N, out). `attn_mask` (L, S) or (N H, L, S), `key_padding_mask` (N, S), `static_k` and `static_v` (N H, S, D),
`bias_k` and `bias_v` (1, 1, E), `dropout_mask` (N H, L, S with what is appended); weights (N, L, S) or (N, H, L, S).
ValueError for what does not fit, TypeError for a mask of integers.

As in torch, a query to which every key is hidden gets NaN with `need_weights` and 0 without. `is_causal` needs
`attn_mask` and is a hint: it is ignored, but with neither `need_weights` nor `key_padding_mask` it replaces `attn_mask`
and then hides appended keys too, which the mask leaves open.

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

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from scratch._attention import pull
from scratch._multihead import attend, batched, by_head, of_all_keys, of_masks, projections, scale, side_by_side
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
    _, _, v, weights, kept = attend(SimpleNamespace(**locals()))
    weights = weights * kept
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
    a = SimpleNamespace(**locals())
    q, k, v, weights, kept = attend(a)
    of_output = batched(grad[0] if need_weights else grad)
    outer = linear.backward(of_output, side_by_side((weights * kept) @ v), out_proj_weight, out_proj_bias)
    each = by_head(outer.input, a)
    of_p = each @ v.swapaxes(-1, -2)
    if need_weights:
        of_p = of_p + (np.expand_dims(grad[1], -3) / num_heads if average_attn_weights else grad[1])
    of_q, of_k, of_bias = pull(kept * of_p, weights, q, k, scale(a))
    of_k, of_bias_k, of_static_k = of_all_keys(of_k, bias_k, static_k, a)
    of_v, of_bias_v, of_static_v = of_all_keys((weights * kept).swapaxes(-1, -2) @ each, bias_v, static_v, a)
    slopes = side_by_side(of_q), of_k, of_v
    maps = [linear.backward(slope, *p) for slope, p in zip(slopes, projections(a), strict=True)]
    inputs = [m.input.reshape(x.shape) for m, x in zip(maps, (query, key, value), strict=True)]
    separate = [m.weight for m in maps] if use_separate_proj_weight else [None] * 3
    of_mask, of_padding = of_masks(of_bias, a)
    return Gradients(
        query=inputs[0],
        key=inputs[1],
        value=inputs[2],
        in_proj_weight=None if use_separate_proj_weight else np.concatenate([m.weight for m in maps]),
        in_proj_bias=None if in_proj_bias is None else np.concatenate([m.bias for m in maps]),
        bias_k=of_bias_k,
        bias_v=of_bias_v,
        out_proj_weight=outer.weight,
        out_proj_bias=outer.bias,
        key_padding_mask=of_padding,
        attn_mask=of_mask,
        q_proj_weight=separate[0],
        k_proj_weight=separate[1],
        v_proj_weight=separate[2],
        static_k=of_static_k,
        static_v=of_static_v,
    )
