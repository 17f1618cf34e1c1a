"""Twins of `scratch.linear_models`."""
