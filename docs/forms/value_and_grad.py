"""A function that returns a number and its gradient at once, as an optimizer of SciPy's takes it."""

import numpy as np
import torch

import gradtwin

W = np.array([0.5, -1.0, 2.0])
X = np.linspace(-1, 2, 12).reshape(4, 3) ** 2
Y = np.array([1.0, -1.0, 0.5, 2.0])


def squares(w, X, y):
    r = X @ w - y
    return r @ r / len(y), 2 * X.T @ r / len(y)


def squares_of_a_sum(w, X, y):
    r = X @ w - y
    return r @ r / len(y), 2 * X.T @ r


def twin(w, X, y):
    return torch.addmv(y, X, w, beta=-1).square().mean()


def judged(loss):
    return gradtwin.check(gradtwin.value_and_grad(loss), twin=twin, inputs=[W, X, Y], differentiable="w")


def right():
    return judged(squares)


def wrong():
    return judged(squares_of_a_sum)
