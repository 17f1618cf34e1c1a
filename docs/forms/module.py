"""An `nn.Module`: its parameters are judged as inputs, and in training mode its buffers as outputs."""

import torch

import gradtwin

X = torch.linspace(-2, 3, 15).reshape(5, 3).sin()


class BatchNorm(torch.nn.Module):
    correction = 1

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))
        self.bias = torch.nn.Parameter(torch.zeros(3))
        self.register_buffer("running_mean", torch.zeros(3))
        self.register_buffer("running_var", torch.ones(3))

    def forward(self, x):
        with torch.no_grad():
            self.get_buffer("running_mean").lerp_(x.mean(0), 0.1)
            self.get_buffer("running_var").lerp_(x.var(0, correction=self.correction), 0.1)
        mean, var = x.mean(0), x.var(0, correction=0)
        return (x - mean) * torch.rsqrt(var + 1e-5) * self.weight + self.bias


class BatchNormOfPopulation(BatchNorm):
    correction = 0


def right():
    return gradtwin.check(BatchNorm(), twin=torch.nn.BatchNorm1d(3), inputs=[X])


def wrong():
    return gradtwin.check(BatchNormOfPopulation(), twin=torch.nn.BatchNorm1d(3), inputs=[X])
