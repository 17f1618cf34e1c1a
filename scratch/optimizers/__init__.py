"""Optimizers: a `State`, ``init(param, **options)`` and ``step(param, grad, state, **options)``, on one array.

One that couples its parameters takes lists, ``init(params, **options)`` and ``step(params, closure, state,
**options)``, where ``closure(params)`` returns the loss and the list of gradients. State fields and options have the
names that `torch.optim` gives them; nothing is changed in place. TypeError for a state of another optimizer.
"""
