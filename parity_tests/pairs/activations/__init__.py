"""Rows of the activations."""

from parity_tests.pairs.activations import attention, dimensional, pointwise

PAIRS = (*pointwise.PAIRS, *dimensional.PAIRS, *attention.PAIRS)
