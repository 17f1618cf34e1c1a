"""Twin of `scratch.models.recurrent`."""

import torch
import torch.nn.functional as F

from reference.layers import dropout, lstm


def forward(input, *parameters, p=0.25, mask=None):
    """Return the output of the network."""
    w_ih, w_hh, b_ih, b_hh, weight, bias = parameters
    zero = input.new_zeros(*input.shape[:-2], w_hh.shape[-1])
    _, hidden, _ = lstm.forward(input.movedim(-2, 0), zero, zero, w_ih, w_hh, b_ih, b_hh)
    return F.linear(dropout.forward(hidden, p, mask is not None, mask), weight, bias)


def loss(parameters, X, y, mask=None, p=0.25):
    """Return the mean cross-entropy of classes `y` on sequences `X`."""
    return F.cross_entropy(forward(X, *parameters, p=p, mask=mask), y)


def fit(X, y, parameters, batches, masks, *, p=0.25, lr=0.01, gamma=0.995):
    """Return the parameters after a step of `torch.optim.RMSprop` on each of `batches`, which hold row numbers."""
    tensors = [q.clone().requires_grad_() for q in parameters]
    optimizer = torch.optim.RMSprop(tensors, lr=lr)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma)
    for batch, mask in zip(batches, masks, strict=True):
        optimizer.zero_grad()
        loss(tensors, X[batch], y[batch], mask, p).backward()
        optimizer.step()
        decay.step()
    return [t.detach() for t in tensors]
