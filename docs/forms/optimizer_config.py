"""A function of a parameter, its gradient and a `config`, a dict that holds the options and the state."""

import numpy as np
import torch

import gradtwin


def adam(w, dw, config=None):
    return stepped(w, dw, config, lambda m, beta, t: m / (1 - beta**t))


def adam_uncorrected(w, dw, config=None):
    return stepped(w, dw, config, lambda m, beta, t: m)


def stepped(w, dw, config, corrected):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    config["v"] = beta2 * config["v"] + (1 - beta2) * dw**2
    m, v = corrected(config["m"], beta1, config["t"]), corrected(config["v"], beta2, config["t"])
    return w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"]), config


def right():
    return gradtwin.check_optimizer(adam, twin=torch.optim.Adam, options={"lr": 0.01})


def wrong():
    return gradtwin.check_optimizer(adam_uncorrected, twin=torch.optim.Adam, options={"lr": 0.01})
