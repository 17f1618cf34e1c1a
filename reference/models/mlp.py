"""Twin of `scratch.models.mlp`."""

import torch
import torch.nn.functional as F

ACTIVATIONS: dict = {"gelu": F.gelu, "relu": F.relu, "sigmoid": F.sigmoid}


def forward(input, *parameters, activation="relu"):
    """Return the output of the network whose parameters are W_1, b_1, W_2, b_2, ..."""
    output = input
    for i in range(0, len(parameters), 2):
        output = F.linear(output if i == 0 else ACTIVATIONS[activation](output), *parameters[i : i + 2])
    return output


def loss(parameters, X, y, activation="relu"):
    """Return the mean cross-entropy of classes `y` on inputs `X`."""
    return F.cross_entropy(forward(X, *parameters, activation=activation), y)


def fit(X, y, parameters, batches, *, activation="relu", lr=0.1, momentum=0.9):
    """Return the parameters after a step of `torch.optim.SGD` on each of `batches`, which hold row numbers."""
    tensors = [p.clone().requires_grad_() for p in parameters]
    optimizer = torch.optim.SGD(tensors, lr=lr, momentum=momentum)
    for batch in batches:
        optimizer.zero_grad()
        loss(tensors, X[batch], y[batch], activation).backward()
        optimizer.step()
    return [t.detach() for t in tensors]
