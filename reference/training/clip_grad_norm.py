"""Twin of `scratch.training.clip_grad_norm`."""

import torch


def forward(*grads, max_norm, norm_type=2.0, error_if_nonfinite=False):
    """Return the norm and the gradients that `torch.nn.utils.clip_grad_norm_` leaves, without foreach."""
    parameters = [torch.empty_like(g) for g in grads]
    for p, g in zip(parameters, grads, strict=True):
        p.grad = g.detach().clone()
    norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach=False)
    return norm, *(p.grad for p in parameters)
