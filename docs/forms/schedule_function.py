"""A learning-rate schedule that is a function of the step."""

import math

from torch.optim.lr_scheduler import CosineAnnealingLR

import gradtwin


def cosine(step, base_lr, T_max, eta_min=0.0):
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * step / T_max)) / 2


def cosine_to_the_last_step(step, base_lr, T_max, eta_min=0.0):
    return cosine(step, base_lr, T_max - 1, eta_min)


def right():
    return gradtwin.check_scheduler(cosine, twin=CosineAnnealingLR, options={"T_max": 20})


def wrong():
    return gradtwin.check_scheduler(cosine_to_the_last_step, twin=CosineAnnealingLR, options={"T_max": 20})
