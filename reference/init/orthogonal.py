"""Twin of `scratch.init.orthogonal`."""

from torch.nn.init import orthogonal_

from reference.init._filled import filled


def forward(tensor, gain=1, draw=None):
    """Return `torch.nn.init.orthogonal_` of the draw."""
    return filled(orthogonal_, tensor, gain, draws=(draw,))
