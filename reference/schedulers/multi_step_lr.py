"""Twin of `scratch.schedulers.multi_step_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.MultiStepLR`."""
    return torch.optim.lr_scheduler.MultiStepLR(optimizer, **options)
