"""Twin of `scratch.multiclass.sample`."""

import torch

from reference.multiclass._draw import require_uniform


def forward(scores, uniform):
    """Return where `torch.searchsorted` finds each uniform number among the cumulative sums of `torch.softmax`."""
    require_uniform(scores, uniform)
    return torch.searchsorted(_inner(scores), uniform[:, None], right=True)[:, 0]


def margin(scores, uniform):
    """Return the cumulative sums less the uniform number; the last sum, which is 1, decides nothing."""
    return _inner(scores) - uniform[:, None]


def _inner(scores):
    return torch.softmax(scores, dim=1).cumsum(1)[:, :-1].contiguous()
