"""Twin of `scratch.optimizers.adadelta`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.Adadelta` on a list of tensors."""
    return torch.optim.Adadelta(params, **options)
