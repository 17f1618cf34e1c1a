"""Twin of `scratch.activations.softmin`."""

import torch
import torch.nn.functional as F


def forward(input, dim=None, dtype=None):
    """Return `torch.nn.functional.softmin`; `dtype` is named as in NumPy."""
    return F.softmin(input, dim=dim, dtype=None if dtype is None else getattr(torch, dtype))
