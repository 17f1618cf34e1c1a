"""Starts of weights: ``forward(tensor, **options)`` returns a new array in the shape and type of `tensor`.

torch draws; here what it would draw is given, as `draw`. Nobody differentiates a start, so there is no `backward`.
"""
