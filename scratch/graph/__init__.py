"""Computational graphs: ``forward(*inputs, graph)`` and ``backward(grad, *inputs, graph)``, by traversal."""
