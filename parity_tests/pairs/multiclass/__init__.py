"""Rows of the discrete learners."""

from parity_tests.pairs.multiclass import decisions, perceptron, reductions

PAIRS = (*decisions.PAIRS, *reductions.PAIRS, *perceptron.PAIRS)
