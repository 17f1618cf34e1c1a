"""Gradient regimes: the named kinds of gradients that an optimizer is tried on."""

from gradtwin.training.regimes import EVERY_REGIME, LATE, REGIMES, gradients_of, size_of

__all__ = ["EVERY_REGIME", "LATE", "REGIMES", "gradients_of", "size_of"]
