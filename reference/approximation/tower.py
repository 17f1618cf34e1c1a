"""Twin of `scratch.approximation.tower`."""

import torch


def forward(input, low, high, height, steepness):
    """Return the sigmoid of the steps over both coordinates less 3/2, times `height`."""
    (x1, x2), (l1, l2), (u1, u2), k, h = input.unbind(-1), low, high, steepness.reshape(()), height.reshape(())
    first = torch.sigmoid(k * (x1 - l1)) - torch.sigmoid(k * (x1 - u1))
    second = torch.sigmoid(k * (x2 - l2)) - torch.sigmoid(k * (x2 - u2))
    return h * torch.sigmoid(k * (first + second - 1.5))
