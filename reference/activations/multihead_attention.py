"""Twin of `scratch.activations.multihead_attention`."""

import warnings
from unittest import mock

import torch.nn.functional as F

from reference.activations import scaled_dot_product_attention


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
    """Return `torch.nn.functional.multi_head_attention_forward`, with a dropout that takes its mask from here."""

    def dropout(weights, p):
        return weights.masked_fill(~dropout_mask, 0.0) / (1 - p)

    def attention(q, k, v, mask, p, causal):
        kept = None if dropout_mask is None else dropout_mask.view(*q.shape[:3], -1)
        return scaled_dot_product_attention.forward(q, k, v, mask, p, causal, dropout_mask=kept)

    # The function takes no mask of dropout. `reference._given` could answer its draw on a CPU, but not within a fused
    # kernel of a GPU, so the two functions that draw are replaced.
    with mock.patch.multiple(F, dropout=dropout, scaled_dot_product_attention=attention), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # on masks of two types
        return F.multi_head_attention_forward(
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
            training=training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=use_separate_proj_weight,
            q_proj_weight=q_proj_weight,
            k_proj_weight=k_proj_weight,
            v_proj_weight=v_proj_weight,
            static_k=static_k,
            static_v=static_v,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
