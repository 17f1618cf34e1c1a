"""Twin of `scratch.schedulers.cosine_annealing_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.CosineAnnealingLR`."""
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, **options)
