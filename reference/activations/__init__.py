"""Twins of `scratch.activations`."""
