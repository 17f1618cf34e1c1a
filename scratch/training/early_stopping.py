"""Early stopping with the best weights restored, by the convention of Keras' `EarlyStopping`.

Source: Prechelt, 1998, "Early Stopping - But When?".

Formula:

    better:   m_t + min_delta < best (min),   m_t - min_delta > best (max);   then best = m_t, and counting starts anew
    stops at the first step t > 0 that is the `patience`-th in a row which is not better, or else at the last one

m_t is the t-th of `metrics`. The output is the step of the best metric, the step at which training stops, and the
parameters of the best step. The best metric is the last that was better, not the smallest. A patience of 0 and one of 1
both stop at the first step after step 0 that is not better. NaN is never better; before any metric is, step 0 is the
best.

Options:
    min_delta: by how much a metric must pass the best to be better.
    mode: "min" if smaller metrics are better, "max" if larger ones are.

Shapes: `metrics` is (T,) and `params` (T, ...), what training would have shown, T > 0. The output is two whole numbers
and (...). Metrics are compared as Python floats.

Errors: ValueError for other shapes, T = 0 and an unknown mode.

torch: has none; the twin is what stands in a training loop. Its `ReduceLROnPlateau` waits one step more than its
patience.

Example:

>>> step, stop, params = forward(np.array([3.0, 1.0, 2.0, 1.0, 0.0]), np.arange(5.0), patience=2)
>>> int(step), int(stop), float(params)
(1, 3, 1.0)
"""

import math

import numpy as np


def forward(metrics, params, patience, min_delta=0.0, mode="min"):
    """Return the best step, the step at which training stops, and the parameters of the best step."""
    if mode not in ("min", "max"):
        raise ValueError(f"Expected mode to be min or max; got {mode!r}.")
    if metrics.ndim != 1 or not metrics.size or params.shape[:1] != metrics.shape:
        got = f"{metrics.shape} and {params.shape}"
        raise ValueError(f"Expected metrics (T,) and params (T, ...) of at least one step; got {got}.")
    sign = 1 if mode == "min" else -1
    best, best_step, bad = math.inf, 0, 0
    for step, metric in enumerate((sign * metrics).tolist()):
        if metric + min_delta < best:
            best, best_step, bad = metric, step, 0
            continue
        bad += 1
        if bad >= patience and step > 0:
            break
    return np.asarray(best_step), np.asarray(step), params[best_step].copy()
