"""Twin of `scratch.schedulers.one_cycle_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.OneCycleLR`."""
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, **options)
