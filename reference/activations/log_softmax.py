"""Twin of `scratch.activations.log_softmax`."""

import torch
import torch.nn.functional as F


def forward(input, dim=None, dtype=None):
    """Return `torch.nn.functional.log_softmax`; `dtype` is named as in NumPy."""
    return F.log_softmax(input, dim=dim, dtype=None if dtype is None else getattr(torch, dtype))
