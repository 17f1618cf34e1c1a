"""What recurrent layers share: the affine maps of a step with their checks, and back-propagation through time."""

import numpy as np

from scratch.layers import linear


def gates(input, hx, w_ih, w_hh, b_ih, b_hh, count):
    """Return u = W_ih x + b_ih and v = W_hh h + b_hh, for `count` gates.

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


def gates_backward(d_u, d_v, input, hx, w_ih, w_hh, b_ih, b_hh):
    """Return, by name, the gradients of what `gates` takes from those of its results."""
    input_map, hidden_map = linear.backward(d_u, input, w_ih, b_ih), linear.backward(d_v, hx, w_hh, b_hh)
    return {
        "input": input_map.input,
        "hx": hidden_map.input,
        "w_ih": input_map.weight,
        "w_hh": hidden_map.weight,
        "b_ih": input_map.bias,
        "b_hh": hidden_map.bias,
    }


def require_state(input, state, name, size=None):
    """Raise ValueError unless a state has the samples of the input, and that size if given."""
    expected = (*input.shape[:-1], *(state.shape[-1:] if size is None else (size,)))
    if state.ndim == 0 or state.shape != expected:
        raise ValueError(f"Expected {name} to hold a state for each sample of input, {input.shape}; got {state.shape}.")


def unroll(cell, input, initial_states, parameters):
    """Return the states before each step of a sequence, and after the last: tuples, the hidden state first."""
    if input.ndim not in (2, 3) or len(input) == 0:
        raise ValueError(f"Expected input to have shape (T, N, F) or (T, F) with a step at least; got {input.shape}.")
    if (parameters[2] is None) != (parameters[3] is None):
        raise ValueError("Expected b_ih and b_hh to be given together; got one of them.")
    states = [tuple(initial_states)]
    for x in input:
        state = cell.forward(x, *states[-1], *parameters)
        states.append(state if isinstance(state, tuple) else (state,))
    return states


def unroll_backward(cell, grad, input, initial_states, parameters):
    """Return the gradients of a sequence from those of its outputs and last states, by the backward of its cell."""
    states = unroll(cell, input, initial_states, parameters)
    outputs, *adjoint = grad
    steps = []
    for t in reversed(range(len(input))):
        adjoint[0] = adjoint[0] + outputs[t]  # h_t counts in the output and in the next step
        g = cell.backward(tuple(adjoint) if adjoint[1:] else adjoint[0], input[t], *states[t], *parameters)
        adjoint = list(g[1 : 1 + len(initial_states)])
        steps.append(g)
    shared = {name: getattr(g, name) for name in ("w_ih", "w_hh", "b_ih", "b_hh")}
    total = {name: last if last is None else sum(getattr(s, name) for s in steps) for name, last in shared.items()}
    return g._replace(input=np.stack([s.input for s in reversed(steps)]), **total)
