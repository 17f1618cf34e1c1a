"""Rows of the losses."""

from parity_tests.pairs.losses import classification, lectures, margin, probability, regression, sequence

PAIRS = (
    *regression.PAIRS,
    *probability.PAIRS,
    *classification.PAIRS,
    *margin.PAIRS,
    *sequence.PAIRS,
    *lectures.PAIRS,
)
