"""The values that options of torch's functions may have, by the names that are used throughout torch.

Sources: the documentation of `torch` and `torch.nn.functional`, version 2.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["WORDS", "numbers_of"]

WORDS: Mapping[str, tuple[Any, ...]] = {
    "reduction": ("none", "sum", "mean", "batchmean"),
    "approximate": ("tanh", "none"),
    "mode": ("reflect", "replicate", "circular", "constant", "bilinear", "nearest", "sum", "mean", "max", "reduced"),
    "padding_mode": ("zeros", "border", "reflection", "circular"),
    "padding": (1, 0, 2, "same", "valid"),
    "stride": (2, 1, 3),
    "dilation": (2, 1),
    "groups": (2, 1),
    "output_padding": (1, 0),
    "kernel_size": (1, 2, 3),
    "ignore_index": (0, 1, -100),
    "label_smoothing": (0.1, 0.0, 0.5),
    "correction": (0, 1, 2),
    "unbiased": (False, True),
    "p": (1, 2, 3, float("inf"), 0.5),
    "ord": (1, 2, float("inf")),
    "eps": (1e-3, 0.1),
    "epsilon": (1e-3, 0.1),
    "margin": (0.0, 0.5, 2.0),
    "delta": (0.25, 3.0),
    "beta": (0.25, 3.0),
    "threshold": (0.5, 2.0, -1.0),
    "lambd": (0.0, 0.25, 2.0),
    "alpha": (0.5, 2.0, -0.5),
    "negative_slope": (0.2, 0.0, -0.5, 1.5),
    "dim": (0, -1, 1, -2, 2),
    "axis": (0, -1, 1, -2, 2),
    "dims": (0, -1, 1),
    "diagonal": (1, -1, 2),
    "shifts": (-1, 2, 0),
    "min": (-0.5, 0.0),
    "max": (0.5, 0.0),
    "start_dim": (0, 1),
    "end_dim": (-1, 1, 0),
}
"""By name, values that are tried where both sides take the option: those that differ most from the defaults first."""


def numbers_of(name: str, default: Any) -> tuple[Any, ...]:
    """Return values to try of an option with that default; nothing where it is no number, and its name is not known."""
    if isinstance(default, bool):
        return (not default, default)
    if name in WORDS:
        return tuple(value for value in WORDS[name] if value != default or type(value) is not type(default))
    # A whole number of which no more is known may be a place among others, which must be free.
    if isinstance(default, float):
        return (2 * default, default / 2) if default else (0.5, 1.0)
    return ()
