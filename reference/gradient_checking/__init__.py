"""Twins of `scratch.gradient_checking`: the same quotients of values that torch computes, for all elements at once."""
