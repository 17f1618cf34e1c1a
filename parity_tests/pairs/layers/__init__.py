"""Rows of the layers."""

from parity_tests.pairs.layers import conv, linear, lookup, norm, pool

PAIRS = (*linear.PAIRS, *lookup.PAIRS, *norm.PAIRS, *conv.PAIRS, *pool.PAIRS)
