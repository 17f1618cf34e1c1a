"""An optimizer of two functions, `init` and `step`, with any state: here a dict of names of its own."""

from types import SimpleNamespace

import numpy as np
import torch

import gradtwin


def init(p):
    return {"t": 0, "m": np.zeros_like(p), "v": np.zeros_like(p)}


def adam(p, g, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = moments(g, state, beta1, beta2)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return p - lr * m_hat / (np.sqrt(v_hat) + eps), {"t": t, "m": m, "v": v}


def adam_uncorrected(p, g, state, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    t, m, v = moments(g, state, beta1, beta2)
    return p - lr * m / (np.sqrt(v) + eps), {"t": t, "m": m, "v": v}


def moments(g, state, beta1, beta2):
    return state["t"] + 1, beta1 * state["m"] + (1 - beta1) * g, beta2 * state["v"] + (1 - beta2) * g * g


def right():
    return gradtwin.check_optimizer(SimpleNamespace(init=init, step=adam), twin=torch.optim.Adam)


def wrong():
    return gradtwin.check_optimizer(SimpleNamespace(init=init, step=adam_uncorrected), twin=torch.optim.Adam)
