"""The rows that every step of a descent takes, a step a row of `batches`; None takes all rows in every step."""

import numpy as np


def require_batches(batches, n, lr):
    """Raise a ValueError for batches of other rows than those from 0 to `n` - 1, and for batches without `lr`."""
    if batches is None:
        return
    whole = batches.ndim == 2 and batches.size > 0 and batches.dtype.kind in "iu"
    if not whole or np.min(batches) < 0 or np.max(batches) >= n:
        raise ValueError(f"Expected batches to be (steps, k), rows from 0 to {n - 1}; got {batches!r}.")
    if lr is None:
        raise ValueError("Expected lr to be given with batches, whose steps need not descend; got None.")
