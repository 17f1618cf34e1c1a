"""Twin of `scratch.optimizers.sparseadam`."""

import torch


def optimizer(params, **options):
    """Return `torch.optim.SparseAdam` on a list of tensors, whose gradients are sparse by rows."""
    return torch.optim.SparseAdam(params, **options)
