"""Twins of `scratch.optimizers`."""
