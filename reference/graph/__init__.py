"""Twins of `scratch.graph`."""
