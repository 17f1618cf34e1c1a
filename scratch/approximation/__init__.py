"""Universal approximation by hand: ``forward(input, *numbers)`` and ``backward(grad, input, *numbers)``.

Steep sigmoids are steps, pairs of steps are bumps, and sums of bumps come near any continuous function on [0, 1]; in
two dimensions towers take the place of bumps. `backward` returns a NamedTuple whose fields are the names of the inputs.

`bumps` and `towers` have ``of(function, size)``, which returns the numbers that come near a function, and
``network(*numbers)``, which returns the parameters of the same sum for `scratch.models.mlp`, with sigmoids.
"""
