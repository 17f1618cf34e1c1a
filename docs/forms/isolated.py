"""A suspect in a process of its own, which it takes with it when it dies."""

import ctypes

import numpy as np
import torch

import gradtwin

X = np.linspace(-2, 3, 12).reshape(4, 3)


def forward(x):
    return np.tanh(x)


def forward_that_dies(x):
    return ctypes.string_at(0)


def right():
    return gradtwin.check(forward, twin=torch.tanh, inputs=[X], isolate=True)


def wrong():
    return gradtwin.check(forward_that_dies, twin=torch.tanh, inputs=[X], isolate=True)
