"""Layers: ``forward(input, *parameters, **options)`` and ``backward(grad, input, *parameters, **options)``.

`backward` returns a NamedTuple whose fields are the names of the differentiable inputs.
"""
