"""Twins of `scratch.losses`."""
