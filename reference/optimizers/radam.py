"""Twin of `scratch.optimizers.radam`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.RAdam` on a list of tensors."""
    return torch.optim.RAdam(params, **options)
