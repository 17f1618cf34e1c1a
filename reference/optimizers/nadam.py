"""Twin of `scratch.optimizers.nadam`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.NAdam` on a list of tensors."""
    return torch.optim.NAdam(params, **options)
