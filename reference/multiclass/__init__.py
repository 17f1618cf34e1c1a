"""Twins of `scratch.multiclass`."""
