"""Rows of attention."""

PAIRS = ()
