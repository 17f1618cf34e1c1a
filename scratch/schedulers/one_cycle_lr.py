"""The one-cycle policy (Smith and Topin, 2019, arXiv:1708.07120), torch's `OneCycleLR`.

The rate goes from max_lr / div_factor up to max_lr, and down to max_lr / (div_factor final_div_factor): in two phases
that end at the steps pct_start T - 1 and T - 1, where T is `total_steps`, or `epochs` times `steps_per_epoch`; or in
three, with the way down interrupted at the initial rate at 2 pct_start T - 2. Within a phase it goes from a to b by

    b + (a - b) (1 + cos(pi p)) / 2  (cos),   a + (b - a) p  (linear),   p the share of the phase that is over

and the momentum from max_momentum to base_momentum and back to max_momentum. `base_lr` is not used. ValueError for
steps that are not above 0, a pct_start outside [0, 1], an unknown strategy, and a step beyond the last.

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
    share = (step - ends[phase - 1]) / (ends[phase] - ends[phase - 1])
    a, b = values[phase - 1], values[phase]
    return a + (b - a) * share if strategy == "linear" else b + (a - b) * (1 + math.cos(math.pi * share)) / 2
