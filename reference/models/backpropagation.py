"""Twin of `scratch.models.backpropagation`."""

from typing import NamedTuple

import torch
import torch.nn.functional as F

ACTIVATIONS: dict = {"identity": torch.nn.Identity(), "relu": F.relu, "sigmoid": F.sigmoid, "tanh": F.tanh}


class Fitted(NamedTuple):
    """The weights after training, and the activations."""

    weights: tuple[torch.Tensor, ...]
    activations: tuple[str, ...]


def loss(parameters, X, y, activations=("sigmoid", "identity")):
    """Return the squared error of one sample, or of several, summed."""
    output = X
    for weight, name in zip(parameters, activations, strict=True):
        output = ACTIVATIONS[name](F.linear(output, weight))
    if y.shape != output.shape:  # torch would warn and broadcast
        raise ValueError(f"Expected y to have the shape of the output, {output.shape}; got {y.shape}.")
    return F.mse_loss(output, y, reduction="sum")


def fit(X, y, order, *start, lr=0.1, activations=("sigmoid", "identity")):
    """Return the network after a step of `torch.optim.SGD` on each sample of `order`."""
    weights = [w.detach().clone().requires_grad_() for w in start]
    optimizer = torch.optim.SGD(weights, lr=lr)
    for n in order:
        optimizer.zero_grad()
        loss(weights, X[n], y[n], activations).backward()
        optimizer.step()
    return Fitted(tuple(w.detach() for w in weights), tuple(activations))


def predict(fitted, X):
    """Return the outputs for the rows of `X`."""
    output = X
    for weight, name in zip(fitted.weights, fitted.activations, strict=True):
        output = ACTIVATIONS[name](F.linear(output, weight))
    return output
