"""Fixed features of a linear model: ``forward(input, **options)`` and ``backward(grad, input, **options)``."""
