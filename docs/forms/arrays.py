"""Functions of NumPy arrays, the backward by hand."""

import numpy as np
import torch

import gradtwin

X = np.random.default_rng(0).standard_normal((4, 3))


def forward(x):
    return x * np.tanh(x)


def backward(grad, x):
    t = np.tanh(x)
    return grad * (t + x * (1 - t * t))


def backward_one_factor_less(grad, x):
    t = np.tanh(x)
    return grad * (t + 1 - t * t)


def twin(x):
    return x * torch.tanh(x)


def right():
    return gradtwin.check(forward, backward, twin=twin, inputs=[X])


def wrong():
    return gradtwin.check(forward, backward_one_factor_less, twin=twin, inputs=[X])
