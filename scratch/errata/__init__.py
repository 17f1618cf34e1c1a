"""Formulas that the lectures print with an error in them.

``forward`` and ``backward`` are as they should be. Beside them stands what is printed, ``forward_as_printed`` or
``backward_as_printed``, which computes something else.
"""
