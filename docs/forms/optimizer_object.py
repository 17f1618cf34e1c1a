"""An optimizer that is an object with `step(params, grads)`, of lists or dicts, in place or returning."""

import numpy as np
import torch

import gradtwin


class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.weight_decay = lr, beta1, beta2, eps, weight_decay
        self.t, self.m, self.v = 0, {}, {}

    def step(self, params, grads):
        self.t += 1
        for name, p in params.items():
            p, g = self.decayed(p, grads[name])
            self.m[name] = self.beta1 * self.m.get(name, 0) + (1 - self.beta1) * g
            self.v[name] = self.beta2 * self.v.get(name, 0) + (1 - self.beta2) * g * g
            m, v = self.m[name] / (1 - self.beta1**self.t), self.v[name] / (1 - self.beta2**self.t)
            params[name] = p - self.lr * m / (np.sqrt(v) + self.eps)

    def decayed(self, p, g):
        return p * (1 - self.lr * self.weight_decay), g


class AdamWCoupled(AdamW):
    def decayed(self, p, g):
        return p, g + self.weight_decay * p


def right():
    return gradtwin.check_optimizer(AdamW, twin=torch.optim.AdamW, options={"lr": 0.01, "weight_decay": 0.1})


def wrong():
    return gradtwin.check_optimizer(AdamWCoupled, twin=torch.optim.AdamW, options={"lr": 0.01, "weight_decay": 0.1})
