"""Twin of `scratch.schedulers.constant_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.ConstantLR`."""
    return torch.optim.lr_scheduler.ConstantLR(optimizer, **options)
