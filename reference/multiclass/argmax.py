"""Twin of `scratch.multiclass.argmax`."""

import torch


def forward(scores):
    """Return `torch.argmax`, which takes the first of equal scores."""
    _require(scores)
    return torch.argmax(scores, dim=1)


def margin(scores):
    """Return how far the best score is ahead of the others, the next best first."""
    _require(scores)
    best, others = scores.sort(dim=1, descending=True).values.tensor_split([1], dim=1)
    return best - others


def _require(scores):
    if scores.dim() != 2 or scores.isnan().any():
        raise ValueError("Expected scores (N, C) without NaN.")
