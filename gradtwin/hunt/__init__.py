"""The inputs nobody thought of: what is varied of the inputs at hand, in which order."""
