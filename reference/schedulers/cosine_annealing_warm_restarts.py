"""Twin of `scratch.schedulers.cosine_annealing_warm_restarts`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`."""
    return torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, **options)
