"""Twin of `scratch.approximation.bump`."""

import torch


def forward(input, weight, bias, out):
    """Return the weighted sum of the two sigmoids of `input`."""
    (w1, w2), (b1, b2), (v1, v2) = weight, bias, out
    return v1 * torch.sigmoid(w1 * input + b1) + v2 * torch.sigmoid(w2 * input + b2)
