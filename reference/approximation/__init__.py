"""Twins of `scratch.approximation`."""
