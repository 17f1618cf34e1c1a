"""Twin of `scratch.schedulers.cyclic_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.CyclicLR`."""
    return torch.optim.lr_scheduler.CyclicLR(optimizer, **options)
