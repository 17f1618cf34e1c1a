"""Twin of `scratch.init.normal`."""

from torch.nn.init import normal_

from reference.init._filled import filled


def forward(tensor, mean=0.0, std=1.0, draw=None):
    """Return `torch.nn.init.normal_` of the draw."""
    return filled(normal_, tensor, mean, std, draws=(draw,))
