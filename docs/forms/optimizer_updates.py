"""A pair of `init(params)` and `update(grads, state, params)`, which returns what is to be added."""

from types import SimpleNamespace

import numpy as np
import torch

import gradtwin


def momentum(learning_rate, momentum, sign=-1.0):
    def init(params):
        return [np.zeros_like(p) for p in params]

    def update(grads, state, params=None):
        velocity = [momentum * v + g for v, g in zip(state, grads, strict=True)]
        return [sign * learning_rate * v for v in velocity], velocity

    return SimpleNamespace(init=init, update=update)


def right():
    return gradtwin.check_optimizer(momentum, twin=torch.optim.SGD, options={"lr": 0.1, "momentum": 0.9})


def wrong():
    suspect = momentum(0.1, 0.9, sign=1.0)
    return gradtwin.check_optimizer(suspect, twin=torch.optim.SGD, options={"lr": 0.1, "momentum": 0.9})
