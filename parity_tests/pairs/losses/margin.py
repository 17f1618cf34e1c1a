"""Rows of the losses with a margin."""

PAIRS = ()
