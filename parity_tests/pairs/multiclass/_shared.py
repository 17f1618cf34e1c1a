"""What the rows of the discrete learners share."""

import math

import numpy as np

FEW = ("typical", "zeros", "strided", "read-only")


def spoilt(array):
    """Return the array with NaN in its second row."""
    return np.where(np.arange(len(array))[:, np.newaxis] == 1, math.nan, array)
