"""A double backward, which is lost where a slope was computed in forward."""

import torch

import gradtwin

X = torch.linspace(-2, 3, 12).reshape(4, 3)


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * grad * x * x


class CubeOfSavedSlope(Cube):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(3 * x * x)
        return x * x * x

    @staticmethod
    def backward(ctx, grad):
        (slope,) = ctx.saved_tensors
        return grad * slope


def twin(x):
    return torch.pow(x, 3)


def right():
    return gradtwin.check_second_order(Cube, twin=twin, inputs=[X])


def wrong():
    return gradtwin.check_second_order(CubeOfSavedSlope, twin=twin, inputs=[X])
