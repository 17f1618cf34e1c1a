"""A function of tensors, such as a mean that is detached by mistake."""

import torch

import gradtwin

X = torch.linspace(-2, 3, 12).reshape(4, 3)


def centred(x):
    return x - x.mean(-1, keepdim=True)


def detached(x):
    return x - x.mean(-1, keepdim=True).detach()


def twin(x):
    return x - torch.mean(x, dim=-1, keepdim=True)


def right():
    return gradtwin.check(centred, twin=twin, inputs=[X])


def wrong():
    return gradtwin.check(detached, twin=twin, inputs=[X])
