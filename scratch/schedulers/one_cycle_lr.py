"""The one-cycle policy, torch's `OneCycleLR`.

Source: Smith and Topin, 2019, arXiv:1708.07120.

Formula: The rate goes from max_lr / div_factor up to max_lr, and down to max_lr / (div_factor final_div_factor). It
does so in two phases that end at the steps pct_start T - 1 and T - 1, where T is `total_steps`, or `epochs` times
`steps_per_epoch`; or in three, with the way down interrupted at the initial rate at 2 pct_start T - 2. Within a phase
it goes from a to b by

    b + (a - b) (1 + cos(pi p)) / 2        "cos"
    a + (b - a) p                          "linear"

where p is the part of the phase that is over. The momentum goes from max_momentum to base_momentum and back to
max_momentum. `base_lr` is not used.

Options:
    max_lr: the rate at the top.
    total_steps: the number T of steps.
    epochs, steps_per_epoch: two numbers whose product is T; taken where total_steps is None.
    pct_start: the part of the steps on which the rate rises, from 0 to 1.
    anneal_strategy: the way from a to b: "cos" or "linear".
    cycle_momentum: whether `momentum` is scheduled; if not it is None.
    base_momentum, max_momentum: the lowest momentum, at the top, and the highest one, at both ends.
    div_factor: how many times as high as the first rate the top is.
    final_div_factor: how many times as high as the last rate the first is.
    three_phase: come down to the first rate as fast as up from it, and to the last one in a third phase.

Shapes: `step` is a whole number from 0 to T - 1, the results are numbers.

Errors: ValueError for steps that are not above 0, or of which nothing is said, a pct_start outside [0, 1], an unknown
strategy, and a step beyond the last.

torch: computes the same. The policy of the paper has three phases, and linear ones.

Example:

>>> [round(lr(t, base_lr=0.1, max_lr=1.0, total_steps=5, pct_start=0.4, anneal_strategy="linear"), 4) for t in range(3)]
[0.04, 1.0, 0.6667]
"""

import math


def lr(
    step,
    *,
    base_lr,
    max_lr,
    total_steps=None,
    epochs=None,
    steps_per_epoch=None,
    pct_start=0.3,
    anneal_strategy="cos",
    cycle_momentum=True,
    base_momentum=0.85,
    max_momentum=0.95,
    div_factor=25.0,
    final_div_factor=1e4,
    three_phase=False,
):
    """Return the learning rate after `step` calls."""
    first = max_lr / div_factor
    rates = (
        (first, max_lr, first, first / final_div_factor) if three_phase else (first, max_lr, first / final_div_factor)
    )
    return _annealed(step, rates, _steps(total_steps, epochs, steps_per_epoch), pct_start, anneal_strategy)


def momentum(
    step,
    *,
    base_lr,
    max_lr,
    total_steps=None,
    epochs=None,
    steps_per_epoch=None,
    pct_start=0.3,
    anneal_strategy="cos",
    cycle_momentum=True,
    base_momentum=0.85,
    max_momentum=0.95,
    div_factor=25.0,
    final_div_factor=1e4,
    three_phase=False,
):
    """Return the momentum after `step` calls; None where it is not scheduled."""
    if not cycle_momentum:
        return None
    momenta = (max_momentum, base_momentum, max_momentum, max_momentum)[: 4 if three_phase else 3]
    return _annealed(step, momenta, _steps(total_steps, epochs, steps_per_epoch), pct_start, anneal_strategy)


def _steps(total_steps, epochs, steps_per_epoch):
    if total_steps is None and (epochs is None or steps_per_epoch is None):
        raise ValueError("Expected total_steps, or epochs and steps_per_epoch; got neither.")
    total = epochs * steps_per_epoch if total_steps is None else total_steps
    if not isinstance(total, int) or total <= 0:
        raise ValueError(f"Expected the number of steps to be an integer above 0; got {total!r}.")
    return total


def _annealed(step, values, total, pct_start, strategy):
    """Return the value at a step, where the phases end at the given values."""
    if not 0 <= pct_start <= 1:
        raise ValueError(f"Expected pct_start to be between 0 and 1; got {pct_start!r}.")
    if strategy not in ("cos", "linear"):
        raise ValueError(f"Expected anneal_strategy to be cos or linear; got {strategy!r}.")
    if step >= total:
        raise ValueError(f"Expected step to be below the number of steps, {total}; got {step}.")
    up = float(pct_start * total) - 1
    ends = (0, up, total - 1) if len(values) == 3 else (0, up, 2 * up, total - 1)
    phase = next(i for i in range(1, len(ends)) if step <= ends[i])
    p = (step - ends[phase - 1]) / (ends[phase] - ends[phase - 1])
    a, b = values[phase - 1], values[phase]
    return a + (b - a) * p if strategy == "linear" else b + (a - b) * (1 + math.cos(math.pi * p)) / 2
