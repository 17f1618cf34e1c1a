"""Twin of `scratch.optimizers.sgd`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.SGD` on a list of tensors."""
    return torch.optim.SGD(params, **options)
