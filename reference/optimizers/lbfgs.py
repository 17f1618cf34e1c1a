"""Twin of `scratch.optimizers.lbfgs`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.LBFGS` on a list of tensors."""
    return torch.optim.LBFGS(params, **options)
