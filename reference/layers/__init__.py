"""Twins of `scratch.layers`."""
