"""Twin of `scratch.optimizers.rmsprop`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.RMSprop` on a list of tensors."""
    return torch.optim.RMSprop(params, **options)
