"""What recurrent layers share: checks of a step, its affine maps, and back-propagation through time."""

import numpy as np

from scratch.layers import linear


def gates(input, hx, w_ih, w_hh, b_ih, b_hh, count):
    """Return W_ih x + b_ih and W_hh h + b_hh, for `count` gates.

    >>> x, w = np.array([1.0]), np.array([[2.0]])
    >>> [a.tolist() for a in gates(x, 3 * x, w, 5 * w, None, w[0], 1)]
    [[2.0], [32.0]]
    """
    if input.ndim not in (1, 2):
        raise ValueError(f"Expected input to have shape (N, F) or (F,); got {input.shape}.")
    require_state(input, hx, "hx")
    size = count * hx.shape[-1]
    for name, weight, features in (("w_ih", w_ih, input.shape[-1]), ("w_hh", w_hh, hx.shape[-1])):
        if weight.shape != (size, features):
            raise ValueError(f"Expected {name} to have shape {(size, features)}; got {weight.shape}.")
    for name, bias in (("b_ih", b_ih), ("b_hh", b_hh)):
        if bias is not None and bias.shape != (size,):
            raise ValueError(f"Expected {name} to have shape {(size,)}; got {bias.shape}.")
    return linear.forward(input, w_ih, b_ih), linear.forward(hx, w_hh, b_hh)


def require_state(input, state, name, size=None):
    """Raise ValueError unless a state has the samples of the input, and that size if given."""
    expected = (*input.shape[:-1], *(state.shape[-1:] if size is None else (size,)))
    if state.ndim == 0 or state.shape != expected:
        raise ValueError(f"Expected {name} to hold a state for each sample of input, {input.shape}; got {state.shape}.")


def pull(input, hx, w_ih, w_hh, b_ih, b_hh, from_input, from_hidden):
    """Return the gradients of `hx` and of what else `gates` takes, by name, from those of its two results."""
    ours, theirs = linear.backward(from_input, input, w_ih, b_ih), linear.backward(from_hidden, hx, w_hh, b_hh)
    names = ("input", "hx", "w_ih", "w_hh", "b_ih", "b_hh")
    return dict(zip(names, (g for pair in zip(ours, theirs, strict=True) for g in pair), strict=True))


def unroll(cell, input, states, parameters):
    """Return the states before each step of a sequence, and after the last: tuples, the hidden state first."""
    if input.ndim not in (2, 3) or len(input) == 0:
        raise ValueError(f"Expected input to have shape (T, N, F) or (T, F) with a step at least; got {input.shape}.")
    if (parameters[2] is None) != (parameters[3] is None):
        raise ValueError("Expected b_ih and b_hh to be given together; got one of them.")
    passed = [tuple(states)]
    for x in input:
        state = cell.forward(x, *passed[-1], *parameters)
        passed.append(state if isinstance(state, tuple) else (state,))
    return passed


def through_time(cell, grad, input, states, parameters):
    """Return the gradients of a sequence from those of its outputs and last states, by the backward of its cell."""
    passed = unroll(cell, input, states, parameters)
    outputs, *adjoint = grad
    steps = []
    for t in reversed(range(len(input))):
        adjoint[0] = adjoint[0] + outputs[t]
        g = cell.backward(tuple(adjoint) if adjoint[1:] else adjoint[0], input[t], *passed[t], *parameters)
        adjoint = list(g[1 : 1 + len(states)])
        steps.append(g)
    shared = {name: getattr(g, name) for name in ("w_ih", "w_hh", "b_ih", "b_hh")}
    total = {name: last if last is None else sum(getattr(s, name) for s in steps) for name, last in shared.items()}
    return g._replace(input=np.stack([s.input for s in reversed(steps)]), **total)
