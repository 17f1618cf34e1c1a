"""Losses: ``forward(input, target, ...)`` and ``backward(grad, input, target, ...)``, named as in `torch.nn.functional`.

`backward` returns a NamedTuple whose fields are the names of the differentiable inputs.
"""
