"""Twin of `scratch.losses.sigmoid_squared_error`."""

import torch
import torch.nn.functional as F


def forward(input, target, reduction="mean"):
    """Return `torch.nn.functional.mse_loss` of a sigmoid."""
    return F.mse_loss(torch.sigmoid(input), target.to(input.dtype), reduction=reduction)


def curvature(input, target):
    """Return the second derivative of each unreduced loss in its logit."""
    x = input.detach().requires_grad_()
    (slope,) = torch.autograd.grad(forward(x, target, "sum"), x, create_graph=True)
    return torch.autograd.grad(slope.sum(), x)[0]
