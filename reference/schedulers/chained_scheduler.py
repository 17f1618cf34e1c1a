"""Twin of `scratch.schedulers.chained_scheduler`."""

import torch


def scheduler(optimizer, *, schedulers):
    """Return `torch.optim.lr_scheduler.ChainedScheduler` of schedulers that are made by the `twin` of each part."""
    parts = [part.twin(optimizer) for part in schedulers]
    return torch.optim.lr_scheduler.ChainedScheduler(parts)
