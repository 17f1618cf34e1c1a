"""Twin of `scratch.models.mlp`."""

import torch
import torch.nn.functional as F

ACTIVATIONS: dict = {
    "gelu": F.gelu,
    "identity": torch.nn.Identity(),
    "leaky_relu": F.leaky_relu,
    "relu": F.relu,
    "sigmoid": F.sigmoid,
    "softplus": F.softplus,
    "tanh": F.tanh,
}


def forward(input, *parameters, activation="relu"):
    """Return the output of the network whose parameters are W_1, b_1, W_2, b_2, ...; a bias may be left out."""
    starts = [i for i, p in enumerate(parameters) if p.dim() == 2]
    layers = [parameters[i:end] for i, end in zip(starts, [*starts[1:], len(parameters)], strict=True)]
    names = [activation] * (len(layers) - 1) if isinstance(activation, str) else activation
    output = F.linear(input, *layers[0])
    for name, layer in zip(names, layers[1:], strict=True):
        output = F.linear(ACTIVATIONS[name](output), *layer)
    return output


def loss(parameters, X, y, activation="relu"):
    """Return the mean cross-entropy of classes `y` on inputs `X`, or the mean squared error of numbers `y`."""
    output = forward(X, *parameters, activation=activation)
    return F.mse_loss(output, y) if y.is_floating_point() else F.cross_entropy(output, y)


def fit(X, y, parameters, batches, *, activation="relu", lr=0.1, momentum=0.9):
    """Return the parameters after a step of `torch.optim.SGD` on each of `batches`, which hold row numbers."""
    tensors = [p.clone().requires_grad_() for p in parameters]
    optimizer = torch.optim.SGD(tensors, lr=lr, momentum=momentum)
    for batch in batches:
        optimizer.zero_grad()
        loss(tensors, X[batch], y[batch], activation).backward()
        optimizer.step()
    return [t.detach() for t in tensors]
