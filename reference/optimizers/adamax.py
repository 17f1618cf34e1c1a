"""Twin of `scratch.optimizers.adamax`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.Adamax` on a list of tensors."""
    return torch.optim.Adamax(params, **options)
