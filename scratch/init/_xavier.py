"""What the two of Xavier's starts share."""

import math

from scratch.init._fans import fans


def deviation(tensor, gain):
    """Return the standard deviation gain sqrt(2 / (fan_in + fan_out))."""
    if sum(fans(tensor)) == 0:
        raise ValueError(f"Expected tensor to have a fan; got shape {tensor.shape}.")
    return gain * math.sqrt(2 / sum(fans(tensor)))
