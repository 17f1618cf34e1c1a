"""Twin of `scratch.schedulers.lambda_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.LambdaLR`."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, **options)
