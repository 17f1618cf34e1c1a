"""Twin of `scratch.init.xavier_uniform`."""

from torch.nn.init import xavier_uniform_

from reference.init._filled import filled


def forward(tensor, gain=1.0, draw=None):
    """Return `torch.nn.init.xavier_uniform_` of the draw."""
    return filled(xavier_uniform_, tensor, gain, draws=(draw,))
