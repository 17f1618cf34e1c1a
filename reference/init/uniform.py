"""Twin of `scratch.init.uniform`."""

from torch.nn.init import uniform_

from reference.init._filled import filled


def forward(tensor, a=0.0, b=1.0, draw=None):
    """Return `torch.nn.init.uniform_` of the draw."""
    return filled(uniform_, tensor, a, b, draws=(draw,))
