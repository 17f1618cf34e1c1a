"""Activations: ``forward(input, **options)`` and ``backward(grad, input, **options)``, named as in `torch.nn.functional`."""
