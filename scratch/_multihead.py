"""What multi-head attention does around its core: heads, appended keys, masks, and the checks of its arguments.

Within, all has a batch, and heads have an axis of their own: (N, H, L, D).
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch.activations.scaled_dot_product_attention import causal_bias, hiding_bias, require_mask


class Arguments(NamedTuple):
    """What shapes the attention, as torch names it; of a tuple of three or two the last are for key and value."""

    inputs: tuple
    embed_dim: int
    num_heads: int
    in_proj_weight: np.ndarray | None
    separate_weights: tuple | None
    in_proj_bias: np.ndarray | None
    biases: tuple
    statics: tuple
    add_zero_attn: bool
    attn_mask: np.ndarray | None
    key_padding_mask: np.ndarray | None
    need_weights: bool
    is_causal: bool
    dropout_p: float
    dropout_mask: np.ndarray | None


def batched(x):
    """Return (L, ...) as a batch of one, (L, 1, ...); what has a batch, as it is."""
    return x[:, np.newaxis] if x.ndim == 2 else x


def projections(a):
    """Return x, W and b of the maps of query, key and value."""
    weights = np.split(a.in_proj_weight, 3) if a.separate_weights is None else a.separate_weights
    biases = [None] * 3 if a.in_proj_bias is None else np.split(a.in_proj_bias, 3)
    return list(zip(map(batched, a.inputs), weights, biases, strict=True))


def by_head(x, num_heads):
    """Return (L, N, H D) as (N, H, L, D)."""
    return x.reshape(*x.shape[:2], num_heads, x.shape[2] // num_heads).transpose(1, 2, 0, 3)


def side_by_side(x):
    """Return (N, H, L, D) as (L, N, H D)."""
    n, heads, length, d = x.shape
    return x.transpose(2, 0, 1, 3).reshape(length, n, heads * d)


def keys_by_head(x, bias, static, a):
    """Return projected keys or values, or their static form, by head, with what is appended to them."""
    if static is not None:
        x = static.reshape(x.shape[1], a.num_heads, *static.shape[1:])
    else:
        x = x if bias is None else np.concatenate([x, np.broadcast_to(bias, (1, *x.shape[1:]))])
        x = by_head(x, a.num_heads)
    return np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 0))) if a.add_zero_attn else x


def keys_by_head_backward(grad, bias, static, a):
    """Return the gradients of the projected keys or values, of their bias and of their static form."""
    grad = grad[:, :, :-1] if a.add_zero_attn else grad
    if static is not None:
        unused = np.zeros((*batched(a.inputs[1]).shape[:2], a.embed_dim), grad.dtype)
        return unused, None, grad.reshape(static.shape)
    grad = side_by_side(grad)
    if bias is None:
        return grad, None, None
    return grad[:-1], grad[-1:].sum(axis=1, keepdims=True), None


def mask_bias(shape, a):
    """Return B, what the masks add to products of this shape; None for no mask."""
    dtype = a.inputs[0].dtype
    if _takes_hint(a):
        return causal_bias(shape, dtype)
    appended = _appended_count(a)
    parts = []
    for mask, inner in _masks((*shape[:-1], shape[-1] - appended), a):
        if mask is not None:
            part = hiding_bias(mask, dtype) if mask.dtype.kind == "b" else mask
            parts.append(np.pad(part.reshape(inner), ((0, 0), (0, 0), (0, 0), (0, appended))))
    return sum(parts) if parts else None


def mask_bias_backward(grad, a):
    """Return the gradients of `attn_mask` and `key_padding_mask`, None for one that has none."""
    grad = grad[..., : grad.shape[-1] - _appended_count(a)]
    floating = [(mask, inner, mask is not None and mask.dtype.kind == "f") for mask, inner in _masks(grad.shape, a)]
    return [unbroadcast(grad, inner).reshape(mask.shape) if has else None for mask, inner, has in floating]


def dropout_mask_by_head(shape, a):
    """Return the mask of dropout for weights of this shape; None for none."""
    _require_shape("dropout_mask", a.dropout_mask, (shape[0] * shape[1], *shape[2:]))
    return None if a.dropout_mask is None else a.dropout_mask.reshape(shape)


def _appended_count(a):
    return (a.biases[0] is not None) + bool(a.add_zero_attn)


def _takes_hint(a):
    """Return whether torch takes the hint, and a causal mask of its own for `attn_mask`."""
    return a.is_causal and not a.need_weights and a.key_padding_mask is None


def _masks(shape, a):
    """Return each mask with its shape within, where the weights of what is not appended have this one."""
    n, heads, length, keys = shape
    if _takes_hint(a):
        return (None, None), (None, None)
    per_head = a.attn_mask is not None and a.attn_mask.ndim == 3
    return (
        (a.attn_mask, (n, heads, length, keys) if per_head else (1, 1, length, keys)),
        (a.key_padding_mask, (n, 1, 1, keys)),
    )


def require_arguments(a):
    """Raise a ValueError or a TypeError unless the arguments fit together."""
    query, key, value = a.inputs
    shapes = query.shape, key.shape, value.shape
    if query.ndim not in (2, 3) or len({len(s) for s in shapes}) > 1:
        raise ValueError(f"Expected query, key and value of 2 dimensions, or of 3 with a batch; got {shapes}.")
    (length, n, e), (keys, key_batch, _) = batched(query).shape, batched(key).shape
    if n != key_batch or key.shape[:-1] != value.shape[:-1]:
        raise ValueError(f"Expected query, key and value of one batch, and as many keys as values; got {shapes}.")
    if e != a.embed_dim:
        raise ValueError(f"Expected query to have embed_dim_to_check = {a.embed_dim} columns; got {e}.")
    if e % a.num_heads:
        raise ValueError(f"Expected num_heads to divide the {e} columns of query; got {a.num_heads}.")
    _require_projections(a, e)
    _require_masks(a, n, length, keys, _require_keys(a, n, keys, e // a.num_heads))


def _require_projections(a, e):
    if a.separate_weights is None:
        _require_shape("in_proj_weight", a.in_proj_weight, (3 * e, e), needed=True)
    else:
        for name, weight, x in zip("qkv", a.separate_weights, a.inputs, strict=True):
            _require_shape(f"{name}_proj_weight", weight, (e, x.shape[-1]), needed=True)
    _require_shape("in_proj_bias", a.in_proj_bias, (3 * e,))


def _require_keys(a, n, keys, d):
    """Return the number of keys, without those that are appended."""
    biases, statics = ([x is not None for x in pair] for pair in (a.biases, a.statics))
    if any(biases) and (any(statics) or not all(biases)):
        raise ValueError("Expected bias_k and bias_v together, and with neither static_k nor static_v.")
    for name, bias in zip("kv", a.biases, strict=True):
        _require_shape(f"bias_{name}", bias, (1, 1, a.num_heads * d))
    for name, x in zip("kv", a.statics, strict=True):
        if x is not None and (x.ndim != 3 or x.shape[::2] != (n * a.num_heads, d)):
            raise ValueError(f"Expected static_{name} to have shape ({n * a.num_heads}, S, {d}); got {x.shape}.")
    counts = [keys if x is None else x.shape[1] for x in a.statics]
    if counts[0] != counts[1]:
        raise ValueError(f"Expected as many keys as values; got {counts[0]} and {counts[1]}.")
    return counts[0]


def _require_masks(a, n, length, keys, used_keys):
    if a.is_causal and a.attn_mask is None:
        raise ValueError("Expected attn_mask with is_causal, which is a hint; got None.")
    if not _takes_hint(a):
        require_mask("attn_mask", a.attn_mask)
        _require_shape("attn_mask", a.attn_mask, (length, keys), (n * a.num_heads, length, keys))
        if a.attn_mask is not None and used_keys != keys:
            raise ValueError(f"Expected {keys} static keys, since attn_mask has as many; got {used_keys}.")
    require_mask("key_padding_mask", a.key_padding_mask)
    _require_shape("key_padding_mask", a.key_padding_mask, (n, used_keys) if a.inputs[0].ndim == 3 else (used_keys,))


def _require_shape(name, x, *shapes, needed=False):
    if x is None and needed:
        raise ValueError(f"Expected {name}; got None.")
    if x is not None and x.shape not in shapes:
        raise ValueError(f"Expected {name} to have shape {' or '.join(map(str, shapes))}; got {x.shape}.")
