"""Twins of `scratch.init`."""
