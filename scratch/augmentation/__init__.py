"""Augmentation of images (..., H, W): ``forward(input, **options)`` and ``backward(grad, input, **options)``.

Each is linear in the image, y = A x, and its gradient the transpose, A' g. What is drawn at random, how far to shift or
to turn, whether to flip, the noise, is an argument.
"""
