"""Twin of `scratch.activations.softmax_jacobian`."""

import torch


def forward(input):
    """Return what autograd makes of `torch.softmax`, one output after the other."""
    x = input if input.requires_grad else input.detach().requires_grad_()
    y = torch.softmax(x, dim=-1)
    rows = [torch.autograd.grad(y[..., i].sum(), x, create_graph=True)[0] for i in range(y.shape[-1])]
    return torch.stack(rows, dim=-2)
