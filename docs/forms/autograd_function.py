"""A `torch.autograd.Function`, the class or its `apply`."""

import torch

import gradtwin

X = torch.linspace(-3, 3, 12).reshape(4, 3)


class Gate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return grad * (s + x * s * (1 - s))


class GateOneFactorLess(Gate):
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return grad * (s + s * (1 - s))


def right():
    return gradtwin.check(Gate, twin=torch.nn.functional.silu, inputs=[X])


def wrong():
    return gradtwin.check(GateOneFactorLess.apply, twin=torch.nn.functional.silu, inputs=[X])
