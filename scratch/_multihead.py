"""The steps of multi-head attention around its core: checks, projections, heads, appended keys and masks.

`a` holds the arguments by name. Within, all has a batch, and heads have an axis of their own: (N, H, L, D).
"""

import math

import numpy as np

from scratch._attention import causal, hide, keep, require_mask, weigh
from scratch._broadcast import unbroadcast
from scratch.layers import linear


def attend(a):
    """Return queries, keys and values by head, the weights, and what dropout multiplies them by."""
    _require(a)
    q, k, v = (linear.forward(*p) for p in projections(a))
    q, k, v = by_head(q, a), _all_keys(k, a.bias_k, a.static_k, a), _all_keys(v, a.bias_v, a.static_v, a)
    shape = (*q.shape[:-1], k.shape[-2])
    weights = weigh(q, k, scale(a), _bias(shape, a), unseeing=math.nan if a.need_weights else 0.0)
    _require_shape("dropout_mask", a.dropout_mask, (shape[0] * shape[1], *shape[2:]))
    mask = None if a.dropout_mask is None else a.dropout_mask.reshape(shape)
    return q, k, v, weights, keep(a.dropout_p if a.training else 0.0, mask, weights)


def scale(a):
    """Return 1 / sqrt D, D the columns of a head."""
    return math.sqrt(a.num_heads / a.embed_dim_to_check)


def batched(x):
    """Return (L, ...) as a batch of one, (L, 1, ...); what has a batch, as it is."""
    return x[:, np.newaxis] if x.ndim == 2 else x


def projections(a):
    """Return input, weight and bias of the maps of query, key and value."""
    separate = a.q_proj_weight, a.k_proj_weight, a.v_proj_weight
    weights = separate if a.use_separate_proj_weight else np.split(a.in_proj_weight, 3)
    biases = [None] * 3 if a.in_proj_bias is None else np.split(a.in_proj_bias, 3)
    return list(zip(map(batched, (a.query, a.key, a.value)), weights, biases, strict=True))


def by_head(x, a):
    """Return (L, N, H D) as (N, H, L, D)."""
    return x.reshape(*x.shape[:2], a.num_heads, x.shape[2] // a.num_heads).transpose(1, 2, 0, 3)


def side_by_side(x):
    """Return (N, H, L, D) as (L, N, H D)."""
    n, heads, length, d = x.shape
    return x.transpose(2, 0, 1, 3).reshape(length, n, heads * d)


def of_all_keys(slope, bias, static, a):
    """Return the gradients of the projected keys or values, of their bias and of their static form."""
    slope = slope[:, :, :-1] if a.add_zero_attn else slope
    if static is not None:
        unused = np.zeros((*batched(a.key).shape[:2], a.embed_dim_to_check), slope.dtype)
        return unused, None, slope.reshape(static.shape)
    slope = side_by_side(slope)
    if bias is None:
        return slope, None, None
    return slope[:-1], slope[-1:].sum(axis=1, keepdims=True), None


def of_masks(slope, a):
    """Return the gradients of `attn_mask` and `key_padding_mask` from that of what they add, None for those without."""
    slope = slope[..., : slope.shape[-1] - _appended(a)]
    found = []
    for mask, shape in _masks(slope.shape, a):
        differentiable = mask is not None and mask.dtype.kind == "f"
        found.append(unbroadcast(slope, shape).reshape(mask.shape) if differentiable else None)
    return found


def _all_keys(x, bias, static, a):
    """Return keys or values by head, with what is appended to them."""
    if static is not None:
        x = static.reshape(x.shape[1], a.num_heads, *static.shape[1:])
    else:
        x = by_head(x if bias is None else np.concatenate([x, np.broadcast_to(bias, (1, *x.shape[1:]))]), a)
    return np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 0))) if a.add_zero_attn else x


def _appended(a):
    return (a.bias_k is not None) + bool(a.add_zero_attn)


def _hinted(a):
    """Say whether torch takes the hint, and a causal mask of its own for `attn_mask`."""
    return a.is_causal and not a.need_weights and a.key_padding_mask is None


def _masks(shape, a):
    """Return each mask with its shape within, where the weights of what is not appended have this one."""
    n, heads, length, keys = shape
    if _hinted(a):
        return (None, None), (None, None)
    per_head = a.attn_mask is not None and a.attn_mask.ndim == 3
    return (
        (a.attn_mask, (n, heads, length, keys) if per_head else (1, 1, length, keys)),
        (a.key_padding_mask, (n, 1, 1, keys)),
    )


def _bias(shape, a):
    """Return what the masks add to the products, which have this shape; None for no mask."""
    if _hinted(a):
        return causal(shape, a.query.dtype)
    seen = (*shape[:-1], shape[-1] - _appended(a))
    parts = []
    for mask, within in _masks(seen, a):
        if mask is not None:
            part = hide(mask, a.query.dtype) if mask.dtype.kind == "b" else mask
            parts.append(np.pad(part.reshape(within), ((0, 0), (0, 0), (0, 0), (0, _appended(a)))))
    return sum(parts) if parts else None


def _require(a):
    shapes = a.query.shape, a.key.shape, a.value.shape
    if len(shapes[0]) not in (2, 3) or len({len(s) for s in shapes}) > 1:
        raise ValueError(f"Expected query, key and value of 2 dimensions, or of 3 with a batch; got {shapes}.")
    (length, n, e), (keys, same, _) = batched(a.query).shape, batched(a.key).shape
    if n != same or shapes[1][:-1] != shapes[2][:-1]:
        raise ValueError(f"Expected query, key and value of one batch, and as many keys as values; got {shapes}.")
    if e != a.embed_dim_to_check:
        raise ValueError(f"Expected query to have embed_dim_to_check = {a.embed_dim_to_check} columns; got {e}.")
    if e % a.num_heads:
        raise ValueError(f"Expected num_heads to divide the {e} columns of query; got {a.num_heads}.")
    _require_weights(a, e)
    _require_masks(a, n, length, keys, _require_keys(a, n, keys, e // a.num_heads))


def _require_weights(a, e):
    if a.use_separate_proj_weight:
        for name, x in (("q_proj_weight", a.query), ("k_proj_weight", a.key), ("v_proj_weight", a.value)):
            _require_shape(name, getattr(a, name), (e, x.shape[-1]), needed=True)
    else:
        _require_shape("in_proj_weight", a.in_proj_weight, (3 * e, e), needed=True)
    _require_shape("in_proj_bias", a.in_proj_bias, (3 * e,))


def _require_keys(a, n, keys, d):
    """Return the number of keys, without those that are appended."""
    statics = [x is not None for x in (a.static_k, a.static_v)]
    biases = [x is not None for x in (a.bias_k, a.bias_v)]
    if any(biases) and (any(statics) or not all(biases)):
        raise ValueError("Expected bias_k and bias_v together, and with neither static_k nor static_v.")
    for name in ("bias_k", "bias_v"):
        _require_shape(name, getattr(a, name), (1, 1, a.num_heads * d))
    for name in ("static_k", "static_v"):
        x = getattr(a, name)
        if x is not None and (x.ndim != 3 or x.shape[::2] != (n * a.num_heads, d)):
            raise ValueError(f"Expected {name} to have shape ({n * a.num_heads}, S, {d}); got {x.shape}.")
    counts = [keys if x is None else x.shape[1] for x in (a.static_k, a.static_v)]
    if counts[0] != counts[1]:
        raise ValueError(f"Expected as many keys as values; got {counts[0]} and {counts[1]}.")
    return counts[0]


def _require_masks(a, n, length, keys, used):
    if a.is_causal and a.attn_mask is None:
        raise ValueError("Expected attn_mask with is_causal, which is a hint; got None.")
    if not _hinted(a):
        require_mask("attn_mask", a.attn_mask)
        _require_shape("attn_mask", a.attn_mask, (length, keys), (n * a.num_heads, length, keys))
        if a.attn_mask is not None and used != keys:
            raise ValueError(f"Expected {keys} static keys, since attn_mask has as many; got {used}.")
    require_mask("key_padding_mask", a.key_padding_mask)
    _require_shape("key_padding_mask", a.key_padding_mask, (n, used) if a.query.ndim == 3 else (used,))


def _require_shape(name, x, *shapes, needed=False):
    if x is None and needed:
        raise ValueError(f"Expected {name}; got None.")
    if x is not None and x.shape not in shapes:
        raise ValueError(f"Expected {name} to have shape {' or '.join(map(str, shapes))}; got {x.shape}.")
