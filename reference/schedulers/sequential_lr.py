"""Twin of `scratch.schedulers.sequential_lr`."""

import torch


def scheduler(optimizer, *, schedulers, milestones):
    """Return `torch.optim.lr_scheduler.SequentialLR` of schedulers that are made by the `twin` of each part."""
    parts = [part.twin(optimizer) for part in schedulers]
    return torch.optim.lr_scheduler.SequentialLR(optimizer, parts, milestones)
