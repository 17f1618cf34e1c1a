"""Twin of `scratch.optimizers.adamw`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.AdamW` on a list of tensors."""
    return torch.optim.AdamW(params, **options)
