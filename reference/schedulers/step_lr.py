"""Twin of `scratch.schedulers.step_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.StepLR`."""
    return torch.optim.lr_scheduler.StepLR(optimizer, **options)
