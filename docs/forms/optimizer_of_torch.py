"""A subclass of `torch.optim.Optimizer`."""

import torch

import gradtwin


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                before = state.get("square_avg", torch.zeros_like(p))
                state["square_avg"] = group["alpha"] * before + (1 - group["alpha"]) * p.grad**2
                p -= group["lr"] * p.grad / self.root(state["square_avg"], group["eps"])

    def root(self, square, eps):
        return square.sqrt() + eps


class RMSpropEpsInside(RMSprop):
    def root(self, square, eps):
        return (square + eps).sqrt()


def right():
    return gradtwin.check_optimizer(RMSprop, twin=torch.optim.RMSprop, options={"eps": 1e-4})


def wrong():
    return gradtwin.check_optimizer(RMSpropEpsInside, twin=torch.optim.RMSprop, options={"eps": 1e-4})
