"""Twin of `scratch.schedulers.reduce_lr_on_plateau`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.ReduceLROnPlateau`."""
    return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
