"""A function that JAX has compiled, beside a twin in PyTorch."""

import jax
import numpy as np
import torch

import gradtwin

X = np.linspace(-2, 3, 12, dtype=np.float32).reshape(4, 3)


def twin(x):
    return torch.log_softmax(x, -1)


def right():
    return gradtwin.check(jax.jit(lambda x: jax.nn.log_softmax(x)), twin=twin, inputs=[X])


def wrong():
    return gradtwin.check(jax.jit(lambda x: jax.nn.log_softmax(x, axis=0)), twin=twin, inputs=[X])
