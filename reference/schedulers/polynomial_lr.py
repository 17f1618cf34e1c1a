"""Twin of `scratch.schedulers.polynomial_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.PolynomialLR`."""
    return torch.optim.lr_scheduler.PolynomialLR(optimizer, **options)
