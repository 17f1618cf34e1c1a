"""A function compiled by `torch.compile`."""

import torch

import gradtwin

X = torch.linspace(-2, 3, 12).reshape(4, 3)


def scaled(x):
    return x / x.abs().amax(-1, keepdim=True)


def scaled_by_a_constant(x):
    return x / x.abs().amax(-1, keepdim=True).detach()


def twin(x):
    return x / torch.amax(torch.abs(x), dim=-1, keepdim=True)


def right():
    return gradtwin.check(torch.compile(scaled, backend="eager"), twin=twin, inputs=[X])


def wrong():
    return gradtwin.check(torch.compile(scaled_by_a_constant, backend="eager"), twin=twin, inputs=[X])
