"""Twin of `scratch.init.xavier_normal`."""

from torch.nn.init import xavier_normal_

from reference.init._filled import filled


def forward(tensor, gain=1.0, draw=None):
    """Return `torch.nn.init.xavier_normal_` of the draw."""
    return filled(xavier_normal_, tensor, gain, draws=(draw,))
