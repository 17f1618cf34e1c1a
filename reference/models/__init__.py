"""Twins of `scratch.models`."""
