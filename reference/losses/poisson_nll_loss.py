"""Twin of `scratch.losses.poisson_nll_loss`."""

import torch.nn.functional as F


def forward(input, target, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """Return `torch.nn.functional.poisson_nll_loss`."""
    return F.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=reduction)
