"""Twin of `scratch.features.polynomial`."""

import torch


def forward(input, degree, constant=False):
    """Return `torch.linalg.vander` of `input`, a column of numbers or a vector, without its ones unless asked for."""
    column = input if input.dim() == 1 else input.squeeze(1)
    if column.dim() != 1:
        raise ValueError(f"Expected input to be a column; got shape {tuple(input.shape)}.")
    return torch.linalg.vander(column, N=degree + 1)[:, 0 if constant else 1 :]
