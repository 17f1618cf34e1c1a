"""Twins of `scratch.features`."""
