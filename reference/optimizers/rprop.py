"""Twin of `scratch.optimizers.rprop`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.Rprop` on a list of tensors."""
    return torch.optim.Rprop(params, **options)
