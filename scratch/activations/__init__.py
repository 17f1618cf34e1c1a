"""Activations: ``forward(input, **options)``, ``backward(grad, input, **options)``; names as in `torch.nn.functional`."""
