"""Twin of `scratch.activations.rrelu`."""

import torch
import torch.nn.functional as F


def forward(input, lower=1.0 / 8, upper=1.0 / 3, training=False, slopes=None):
    """Return `torch.nn.functional.rrelu`; in training element by element, each slope drawn from [slope, slope]."""
    mean = F.rrelu(input, lower, upper)
    if not training:
        return mean
    if slopes is None or slopes.shape != input.shape or ((slopes < lower) | (slopes > upper)).any():
        raise ValueError("Expected a slope within the bounds for every element.")
    if input.numel() == 0:
        return mean
    pairs = zip(input.flatten(), slopes.flatten().tolist(), strict=True)
    return torch.stack([F.rrelu(x, s, s, training=True) for x, s in pairs]).reshape(input.shape)
