"""A `torch.autograd.Function` without a twin: its own forward under autograd is the truth."""

import torch

import gradtwin

X = torch.linspace(-3, 3, 12).reshape(4, 3)


class Bump(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.exp(-x * x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * -2 * x * torch.exp(-x * x)


class BumpOfHalfTheSlope(Bump):
    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * -x * torch.exp(-x * x)


def right():
    return gradtwin.check(Bump, inputs=[X])


def wrong():
    return gradtwin.check(BumpOfHalfTheSlope, inputs=[X])
