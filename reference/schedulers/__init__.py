"""Twins of `scratch.schedulers`."""
