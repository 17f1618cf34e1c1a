"""Twin of `scratch.layers.embedding`."""

import torch.nn.functional as F


def forward(
    input,
    weight,
    padding_idx=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    sparse=False,
):
    """Return `torch.nn.functional.embedding` with a dense gradient, and refuse to change the weight."""
    if max_norm is not None:
        raise ValueError("Expected no max_norm, which changes weight in place.")
    return F.embedding(input, weight, padding_idx, None, norm_type, scale_grad_by_freq)
