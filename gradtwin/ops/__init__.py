"""Judging functions and their hand-derived gradients, and models as functions."""
