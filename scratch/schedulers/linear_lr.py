"""Linear warm-up, torch's `LinearLR`.

    lr_t = base_lr (start_factor + (end_factor - start_factor) min(t, total_iters) / total_iters)

torch multiplies the last rate by the quotient of two factors, which is the same but for rounding. ValueError for a
start_factor outside (0, 1] and an end_factor outside [0, 1].

>>> [lr(t, base_lr=1.0, start_factor=0.5, total_iters=2) for t in range(4)]
[0.5, 0.75, 1.0, 1.0]
"""


def lr(step, *, base_lr, start_factor=1.0 / 3, end_factor=1.0, total_iters=5):
    """Return the learning rate after `step` calls."""
    if not 0 < start_factor <= 1:
        raise ValueError(f"Expected start_factor to be above 0 and at most 1; got {start_factor!r}.")
    if not 0 <= end_factor <= 1:
        raise ValueError(f"Expected end_factor to be between 0 and 1; got {end_factor!r}.")
    return base_lr * (start_factor + (end_factor - start_factor) * min(step, total_iters) / total_iters)
