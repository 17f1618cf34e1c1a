"""Twin of `scratch.optimizers.adafactor`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.Adafactor` on a list of tensors."""
    return torch.optim.Adafactor(params, **options)
