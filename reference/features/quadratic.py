"""Twin of `scratch.features.quadratic`."""

import torch


def forward(input):
    """Return the products of the pairs of features that `torch.combinations` names."""
    i, j = torch.combinations(torch.arange(input.shape[-1], device=input.device), with_replacement=True).unbind(-1)
    return input[..., i] * input[..., j]
