"""Activations: ``forward(input, **options)`` and ``backward(grad, input, **options)``, with torch's names."""
