"""Twin of `scratch.init.eye`."""

from torch.nn.init import eye_

from reference.init._filled import filled


def forward(tensor):
    """Return `torch.nn.init.eye_`."""
    return filled(eye_, tensor)
