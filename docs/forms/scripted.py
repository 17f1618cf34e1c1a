"""A function of TorchScript."""

import torch

import gradtwin

X = torch.linspace(-2, 3, 12).reshape(4, 3)


@torch.jit.script
def horner(x: torch.Tensor) -> torch.Tensor:
    total = torch.ones_like(x)
    for k in [3.0, 2.0, 1.0]:
        total = 1 + x * total / k
    return total


@torch.jit.script
def horner_of_two_terms(x: torch.Tensor) -> torch.Tensor:
    total = torch.ones_like(x)
    for k in [2.0, 1.0]:
        total = 1 + x * total / k
    return total


def twin(x):
    return 1 + x + x**2 / 2 + x**3 / 6


def right():
    return gradtwin.check(horner, twin=twin, inputs=[X])


def wrong():
    return gradtwin.check(horner_of_two_terms, twin=twin, inputs=[X])
