"""Input families: the named kinds of numbers, layouts and shapes that a case is tried on."""

from gradtwin.core.inputs import EVERY, FAMILIES, Draw

__all__ = ["EVERY", "FAMILIES", "Draw"]
