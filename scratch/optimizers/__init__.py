"""Optimizers: a `State`, ``init(param, **options)`` and ``step(param, grad, state, **options)``, on one array.

State fields and options have the names that `torch.optim` gives them; nothing is changed in place.
"""
