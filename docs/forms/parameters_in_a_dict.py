"""Parameters in a dict, and their gradients in another one."""

import numpy as np
import torch

import gradtwin

X = np.linspace(-1, 2, 12).reshape(4, 3)
PARAMS = {"w": np.linspace(1, -2, 6).reshape(3, 2), "b": np.array([0.5, -0.25])}


def forward(params, x):
    return np.tanh(x @ params["w"] + params["b"])


def backward(grad, params, x):
    pre = grad * (1 - forward(params, x) ** 2)
    return {"w": x.T @ pre, "b": pre.sum(axis=0)}, pre @ params["w"].T


def backward_with_a_slope_forgotten(grad, params, x):
    pre = grad * (1 - forward(params, x) ** 2)
    return {"w": x.T @ grad, "b": pre.sum(axis=0)}, pre @ params["w"].T


def twin(params, x):
    return torch.tanh(torch.addmm(params["b"], x, params["w"]))


def right():
    return gradtwin.check(forward, backward, twin=twin, inputs=[PARAMS, X])


def wrong():
    return gradtwin.check(forward, backward_with_a_slope_forgotten, twin=twin, inputs=[PARAMS, X])
