"""An object whose parameters and gradients have names of its own: `gradtwin.layer` says where they are."""

import numpy as np

import gradtwin

X = np.linspace(-1, 2, 12).reshape(4, 3) ** 2
G = np.array([1.5, 0.5, -1.0])


class Scale:
    def __init__(self, size):
        self.kernel = np.ones(size)

    def forward(self, x):
        self.seen = x
        return x * self.kernel

    def backward(self, dout):
        self.slope = (dout * self.seen).sum(axis=0)
        return dout * self.kernel


class ScaleOfOneRow(Scale):
    def backward(self, dout):
        self.slope = (dout * self.seen)[0]
        return dout * self.kernel


def judged(kind):
    layer = gradtwin.layer(lambda: kind(3), params=("kernel",), grads=("slope",))
    return gradtwin.check(layer, twin=lambda x, g: x * g, inputs=[X, G])


def right():
    return judged(Scale)


def wrong():
    return judged(ScaleOfOneRow)
