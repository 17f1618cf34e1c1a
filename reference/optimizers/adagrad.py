"""Twin of `scratch.optimizers.adagrad`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.Adagrad` on a list of tensors."""
    return torch.optim.Adagrad(params, **options)
