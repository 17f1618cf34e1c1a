"""Rows of the layers."""

from parity_tests.pairs.layers import conv, dropout, linear, lookup, norm, pool, recurrent

PAIRS = (*linear.PAIRS, *lookup.PAIRS, *norm.PAIRS, *dropout.PAIRS, *conv.PAIRS, *pool.PAIRS, *recurrent.PAIRS)
