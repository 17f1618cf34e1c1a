"""Numbers that are stored in eight bits, of a scale that goes with them."""

import torch

import gradtwin

X = torch.linspace(-300, 500, 24).reshape(6, 4)


def quantized(x, largest=448.0):
    return (x / 2).clamp(-largest, largest).to(torch.float8_e4m3fn)


def quantized_for_another_format(x):
    return quantized(x, largest=240.0)


def twin(x):
    return torch.clamp(x / 2, -448.0, 448.0).to(torch.float8_e4m3fn)


def right():
    return gradtwin.check(quantized, twin=twin, inputs=[X])


def wrong():
    return gradtwin.check(quantized_for_another_format, twin=twin, inputs=[X])
