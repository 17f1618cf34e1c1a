"""A backward that takes its inputs first; what each parameter is, its name says."""

import numpy as np
import torch

import gradtwin

X = np.linspace(-1, 2, 12).reshape(4, 3)
W = np.linspace(1, -2, 6).reshape(3, 2)


def forward(x, w):
    return np.tanh(x @ w)


def backward(x, w, dout):
    pre = dout * (1 - np.tanh(x @ w) ** 2)
    return {"dw": x.T @ pre, "dx": pre @ w.T}


def backward_of_the_argument(x, w, dout):
    pre = dout * (1 - (x @ w) ** 2)
    return {"dw": x.T @ pre, "dx": pre @ w.T}


def twin(x, w):
    return torch.tanh(torch.mm(x, w))


def right():
    return gradtwin.check(forward, backward, twin=twin, inputs=[X, W])


def wrong():
    return gradtwin.check(forward, backward_of_the_argument, twin=twin, inputs=[X, W])
