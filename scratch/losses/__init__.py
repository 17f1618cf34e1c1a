"""Losses: ``forward(input, target, ...)``, ``backward(grad, input, target, ...)``; names as in
`torch.nn.functional`, and for what it lacks those of the lectures.

`backward` returns a NamedTuple whose fields are the names of the differentiable inputs. In all files l is the loss of a
sample or an element, L what `reduction` makes of the l, and g = dL/dl what each l receives of `grad`.
"""
