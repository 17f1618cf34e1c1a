"""Twin of `scratch.init.kaiming_normal`."""

from torch.nn.init import kaiming_normal_

from reference.init._filled import filled


def forward(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", draw=None):
    """Return `torch.nn.init.kaiming_normal_` of the draw."""
    return filled(kaiming_normal_, tensor, a, mode, nonlinearity, draws=(draw,))
