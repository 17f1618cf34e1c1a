"""Step decay, torch's `StepLR`.

Source: PyTorch's documentation of `StepLR`.

Formula:

    lr_t = base_lr gamma^floor(t / step_size)

Options:
    step_size: the number of steps between two reductions, at least 1.
    gamma: the factor at each of them.

Shapes: `step` is a whole number from 0 on, the result a number.

Errors: ValueError for a step_size below 1.

torch: multiplies by gamma at every multiple of step_size, which is the same but for rounding.

Example:

>>> [round(lr(t, base_lr=1.0, step_size=2, gamma=0.5), 4) for t in range(5)]
[1.0, 1.0, 0.5, 0.5, 0.25]
"""


def lr(step, *, base_lr, step_size, gamma=0.1):
    """Return the learning rate after `step` calls."""
    if step_size < 1:
        raise ValueError(f"Expected step_size to be at least 1; got {step_size!r}.")
    return base_lr * gamma ** (step // step_size)
