"""A program made by `torch.export`."""

import torch

import gradtwin

X = torch.linspace(-2, 3, 15).reshape(5, 3)


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.linspace(-1, 1, 6).reshape(2, 3))
        self.bias = torch.nn.Parameter(torch.zeros(2))

    def forward(self, x):
        return torch.relu(x @ self.weight.T + self.bias)


class LayerLeaky(Layer):
    def forward(self, x):
        return torch.nn.functional.leaky_relu(x @ self.weight.T + self.bias)


def exported(layer):
    return torch.export.export(layer, (X,))


def right():
    return gradtwin.check(exported(Layer()), twin=Layer(), inputs=[X])


def wrong():
    return gradtwin.check(exported(LayerLeaky()), twin=Layer(), inputs=[X])
