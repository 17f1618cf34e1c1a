"""Twin of `scratch.approximation.step`."""

import torch


def forward(input, weight, bias):
    """Return the sigmoid of `weight` times `input` plus `bias`, both numbers."""
    return torch.sigmoid(weight.reshape(()) * input + bias.reshape(()))
