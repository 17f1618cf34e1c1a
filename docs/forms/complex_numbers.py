"""Complex numbers, by torch's convention of what their gradient is."""

import numpy as np
import torch

import gradtwin

RNG = np.random.default_rng(0)
A = RNG.standard_normal((4, 3)) + 1j * RNG.standard_normal((4, 3))
B = RNG.standard_normal((3, 2)) + 1j * RNG.standard_normal((3, 2))


def forward(a, b):
    return a @ b


def backward(grad, a, b):
    return grad @ b.conj().T, a.conj().T @ grad


def backward_transposed(grad, a, b):
    return grad @ b.T, a.T @ grad


def right():
    return gradtwin.check(forward, backward, twin=torch.matmul, inputs=[A, B])


def wrong():
    return gradtwin.check(forward, backward_transposed, twin=torch.matmul, inputs=[A, B])
