"""Linear warm-up, torch's `LinearLR`.

Source: PyTorch's documentation of `LinearLR`; the gradual warm-up of Goyal et al., 2017, arXiv:1706.02677.

Formula:

    lr_t = base_lr (start_factor + (end_factor - start_factor) min(t, total_iters) / total_iters)

Options:
    start_factor: what base_lr is multiplied by at step 0, above 0 and at most 1.
    end_factor: what base_lr is multiplied by from step total_iters on, from 0 to 1.
    total_iters: the step at which the way ends.

Shapes: `step` is a whole number from 0 on, the result a number.

Errors: ValueError for a start_factor outside (0, 1] and an end_factor outside [0, 1].

torch: multiplies the last rate by the quotient of two factors, which is the same but for rounding.

Example:

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
