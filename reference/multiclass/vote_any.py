"""Twin of `scratch.multiclass.vote_any`."""

import math

import torch

from reference.multiclass._draw import require_uniform


def forward(scores, uniform):
    """Return the class at place floor(u n) among the n that `torch.heaviside` lets say yes, row by row."""
    require_uniform(scores, uniform)
    rows = [torch.nonzero(chosen)[:, 0] for chosen in _chosen(scores)]
    labels = [k[int(u * len(k))] for k, u in zip(rows, uniform, strict=True)]
    return torch.stack(labels) if labels else scores.new_empty(0, dtype=torch.int64)


def margin(scores, uniform):
    """Return the scores, and how far u n is from each whole number between 0 and n."""
    n = _chosen(scores).sum(1, keepdim=True)
    steps = torch.arange(1, scores.shape[1], device=scores.device)
    beside = torch.where(steps < n, uniform[:, None] * n - steps, math.inf)
    return torch.cat([scores, beside], dim=1)


def _chosen(scores):
    yes = torch.heaviside(scores, scores.new_ones(())).bool()
    return yes | ~yes.any(1, keepdim=True)
