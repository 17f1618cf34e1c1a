"""Twins of `scratch.training`."""
