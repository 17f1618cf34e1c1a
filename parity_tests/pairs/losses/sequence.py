"""Rows of the losses on sequences."""

PAIRS = ()
