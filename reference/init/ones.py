"""Twin of `scratch.init.ones`."""

from torch.nn.init import ones_

from reference.init._filled import filled


def forward(tensor):
    """Return `torch.nn.init.ones_`."""
    return filled(ones_, tensor)
