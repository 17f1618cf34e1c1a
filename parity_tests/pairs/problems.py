"""Problems to judge an optimizer with that asks for the loss: value and gradient by hand, and the loss of torch.

Parameters may be split into arrays of any shape; the problems see one vector z of all of them.
"""

import numpy as np
import torch

STEPS = 20


def _vector(params):
    return np.concatenate([p.ravel() for p in params])


def _like(params, vector):
    ends = np.cumsum([p.size for p in params])
    return [vector[end - p.size : end].reshape(p.shape) for p, end in zip(params, ends, strict=True)]


def _quadratic_value_and_grad(params, A, c):
    """Return z'Az / 2 - c'z for a symmetric A, with gradient Az - c."""
    z = _vector(params)
    return z @ (A @ z) / 2 - c @ z, _like(params, A @ z - c)


def _quadratic_loss(params, A, c):
    z = torch.cat([p.ravel() for p in params])
    return z @ (A @ z) / 2 - c @ z


def _rosenbrock_value_and_grad(params):
    """Return the sum of 100 e_i^2 + (1 - z_i)^2, e_i = z_{i+1} - z_i^2, over all i but the last.

    The term i has derivative -400 e_i z_i - 2 (1 - z_i) in z_i and 200 e_i in z_{i+1}.
    """
    z = _vector(params)
    e, rest = z[1:] - z[:-1] ** 2, 1 - z[:-1]
    grad = np.zeros_like(z)
    grad[:-1] = -400 * e * z[:-1] - 2 * rest
    grad[1:] += 200 * e
    return (100 * e**2 + rest**2).sum(), _like(params, grad)


def _rosenbrock_loss(params):
    z = torch.cat([p.ravel() for p in params])
    return (100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum()


def quadratic(seed):
    """Return a convex quadratic of seven variables in a matrix and a number, another at every step."""
    rng = np.random.default_rng(seed)
    spread = [rng.standard_normal((7, 7)) for _ in range(STEPS)]
    return {
        "value_and_grad": _quadratic_value_and_grad,
        "twin": _quadratic_loss,
        "params": {"weight": rng.standard_normal((3, 2)), "scale": rng.standard_normal(1)},
        "batches": [(a @ a.T / 7 + np.eye(7), rng.standard_normal(7)) for a in spread],
    }


def rosenbrock(seed):
    """Return Rosenbrock's function of six variables, near its usual start."""
    rng = np.random.default_rng(seed)
    start = np.array([-1.2, 1.0, -1.2, 1.0, -1.2, 1.0]) + 0.1 * rng.standard_normal(6)
    return {
        "value_and_grad": _rosenbrock_value_and_grad,
        "twin": _rosenbrock_loss,
        "params": {"first": start[:2], "rest": start[2:].reshape(2, 2)},
        "batches": [()] * STEPS,
    }
