"""A forward that returns a cache, and a backward that takes it."""

import numpy as np
import torch

import gradtwin

X = np.linspace(-1, 2, 12).reshape(4, 3)
W = np.linspace(1, -2, 6).reshape(3, 2)
B = np.array([0.5, -0.25])


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def affine_backward_of_a_mean(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)


def twin(x, w, b):
    return torch.addmm(b, x, w)


def right():
    return gradtwin.check(affine_forward, affine_backward, twin=twin, inputs=[X, W, B])


def wrong():
    return gradtwin.check(affine_forward, affine_backward_of_a_mean, twin=twin, inputs=[X, W, B])
