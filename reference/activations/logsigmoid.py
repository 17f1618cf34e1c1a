"""Twin of `scratch.activations.logsigmoid`."""

import torch.nn.functional as F


def forward(input):
    """Return `torch.nn.functional.logsigmoid`."""
    return F.logsigmoid(input)
