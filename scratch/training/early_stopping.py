"""Early stopping with the best weights restored (Prechelt, 1998), by the convention of Keras' `EarlyStopping`.

    better:   m_t + min_delta < best (min),   m_t - min_delta > best (max);   then best = m_t, and counting starts anew
    stops at the first step t > 0 that is the `patience`-th in a row which is not better, or else at the last one

The output is the step of the best metric, the step at which training stops, and the parameters of the best step. The
best metric is the last that was better, not the smallest. A patience of 0 and one of 1 both stop at the first step
after step 0 that is not better; torch's `ReduceLROnPlateau` waits one step more than its patience. NaN is never better;
before any metric is, step 0 is the best.

Shapes: `metrics` (T,), `params` (T, ...), what training would have shown, T > 0; two whole numbers and (...). Metrics
are compared as Python floats. ValueError for other shapes, T = 0 and an unknown mode.

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
