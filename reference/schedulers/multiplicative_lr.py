"""Twin of `scratch.schedulers.multiplicative_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.MultiplicativeLR`."""
    return torch.optim.lr_scheduler.MultiplicativeLR(optimizer, **options)
