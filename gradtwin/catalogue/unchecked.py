"""Functions of torch that read and write beyond their arrays where sizes, labels or options do not fit.

Source: what version 2.13 was seen to do.
"""

from __future__ import annotations

__all__ = ["UNCHECKED"]

UNCHECKED = frozenset({"ctc_loss", "gru", "lstm", "rnn_relu", "rnn_tanh"})
"""By name."""
