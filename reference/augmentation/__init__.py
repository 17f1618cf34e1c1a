"""Twins of `scratch.augmentation`."""
