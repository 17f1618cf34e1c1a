"""Twin of `scratch.training.early_stopping`, of which torch has none: what stands in a training loop."""

import math

import torch

BETTER: dict = {"min": lambda metric, best, delta: metric < best - delta, "max": lambda m, best, d: m > best + d}


def forward(metrics, params, patience, min_delta=0.0, mode="min"):
    """Return the best step, the step at which the loop breaks, and a copy of the best tensors."""
    better = BETTER[mode]
    best, best_step, waited = math.inf if mode == "min" else -math.inf, 0, 0
    best_params = params[0].detach().clone()
    for step, (metric, tensors) in enumerate(zip(metrics, params.detach(), strict=True)):
        waited += 1
        if better(metric.item(), best, min_delta):
            best, best_step, waited = metric.item(), step, 0
            best_params = tensors.clone()
        elif waited >= patience and step > 0:
            break
    steps = torch.tensor([best_step, step], device=metrics.device)
    return *steps, best_params
