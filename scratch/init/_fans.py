"""How many numbers meet in a layer."""

import math


def fans(tensor):
    """Return how many numbers go into one output of a weight (out, in, ...), and into how many an input goes."""
    if tensor.ndim < 2:
        raise ValueError(f"Expected tensor to have at least two dimensions, (out, in, ...); got {tensor.shape}.")
    outputs, inputs, *field = tensor.shape
    return inputs * math.prod(field), outputs * math.prod(field)
