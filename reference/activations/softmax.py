"""Twin of `scratch.activations.softmax`."""

import torch
import torch.nn.functional as F


def forward(input, dim=None, dtype=None):
    """Return `torch.nn.functional.softmax`; `dtype` is named as in NumPy."""
    return F.softmax(input, dim=dim, dtype=None if dtype is None else getattr(torch, dtype))
