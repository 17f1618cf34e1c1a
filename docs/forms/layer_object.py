"""An object with `forward` and `backward` that keeps its parameters and their gradients."""

import numpy as np
import torch

import gradtwin

X = np.linspace(-1, 2, 12).reshape(4, 3)
W = np.linspace(1, -2, 6).reshape(3, 2)
B = np.array([0.5, -0.25])


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class AffineOfAMean(Affine):
    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout / len(dout), dout.sum(axis=0)
        return dout @ self.W.T


def twin(x, W, b):
    return torch.addmm(b, x, W)


def right():
    return gradtwin.check(Affine(W, B), twin=twin, inputs={"x": X, "W": W, "b": B})


def wrong():
    return gradtwin.check(AffineOfAMean(W, B), twin=twin, inputs={"x": X, "W": W, "b": B})
