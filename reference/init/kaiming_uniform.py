"""Twin of `scratch.init.kaiming_uniform`."""

from torch.nn.init import kaiming_uniform_

from reference.init._filled import filled


def forward(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", draw=None):
    """Return `torch.nn.init.kaiming_uniform_` of the draw."""
    return filled(kaiming_uniform_, tensor, a, mode, nonlinearity, draws=(draw,))
