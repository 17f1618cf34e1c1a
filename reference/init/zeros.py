"""Twin of `scratch.init.zeros`."""

from torch.nn.init import zeros_

from reference.init._filled import filled


def forward(tensor):
    """Return `torch.nn.init.zeros_`."""
    return filled(zeros_, tensor)
