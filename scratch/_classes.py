"""Class indices as targets: the axis of the classes, and which samples count."""

import numpy as np


def class_axis(input, weight):
    """Return the axis of the classes in `input`, or raise a ValueError where there is none or `weight` does not fit."""
    if input.ndim == 0:
        raise ValueError("Expected input to have a dimension of classes; got a zero-dimensional array.")
    axis = 1 if input.ndim > 1 else 0
    if weight is not None and weight.shape != (input.shape[axis],):
        raise ValueError(f"Expected weight to have shape ({input.shape[axis]},), one per class; got {weight.shape}.")
    return axis


def counted(target, shape, classes, ignore_index):
    """Return where `target` counts, and its indices with 0 where it does not; all must be classes or `ignore_index`."""
    if target.shape != shape:
        raise ValueError(f"Expected target in the shape of input without classes, {shape}; got {target.shape}.")
    counts = target != ignore_index
    outside = counts & ((target < 0) | (target >= classes))
    if np.any(outside):
        raise ValueError(f"Expected target to hold class indices from 0 to {classes - 1}; got {target[outside][0]}.")
    return counts, np.where(counts, target, 0)
