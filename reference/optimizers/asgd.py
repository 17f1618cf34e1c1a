"""Twin of `scratch.optimizers.asgd`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.ASGD` on a list of tensors."""
    return torch.optim.ASGD(params, **options)
