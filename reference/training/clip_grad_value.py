"""Twin of `scratch.training.clip_grad_value`."""

import torch


def forward(*grads, clip_value):
    """Return the gradients that `torch.nn.utils.clip_grad_value_` leaves, without foreach."""
    parameters = [torch.empty_like(g) for g in grads]
    for p, g in zip(parameters, grads, strict=True):
        p.grad = g.detach().clone()
    torch.nn.utils.clip_grad_value_(parameters, clip_value, foreach=False)
    return tuple(p.grad for p in parameters)
