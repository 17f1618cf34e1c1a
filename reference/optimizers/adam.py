"""Twin of `scratch.optimizers.adam`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.Adam` on a list of tensors."""
    return torch.optim.Adam(params, **options)
