"""Twin of `scratch.activations.scaled_dot_product_attention`."""

import torch
from torch.nn.functional import scaled_dot_product_attention


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
    """Return `torch.nn.functional.scaled_dot_product_attention`; with a mask of dropout, of its step by step form."""
    if not 0 < dropout_p < 1:
        return scaled_dot_product_attention(
            query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )
    if dropout_mask is None:
        raise ValueError("Expected a dropout_mask, since torch would draw one; got None.")
    if attn_mask is not None and attn_mask.dtype is torch.bool:  # which this form would add as 0 and 1
        attn_mask = torch.zeros_like(attn_mask, dtype=query.dtype).masked_fill(~attn_mask, -torch.inf)
    attention = torch.ops.aten._scaled_dot_product_attention_math
    return attention(
        query, key, value, attn_mask, dropout_p, is_causal, dropout_mask, scale=scale, enable_gqa=enable_gqa
    )[0]
