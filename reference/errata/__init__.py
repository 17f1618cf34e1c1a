"""Twins of `scratch.errata`."""
