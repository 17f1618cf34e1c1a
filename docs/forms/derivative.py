"""A function of elements and its derivative, which takes no cotangent."""

import numpy as np
import torch

import gradtwin

X = np.linspace(-3, 3, 12).reshape(4, 3)


def softsign(x):
    return x / (1 + np.abs(x))


def slope(x):
    return 1 / (1 + np.abs(x)) ** 2


def slope_without_the_square(x):
    return 1 / (1 + np.abs(x))


def right():
    return gradtwin.check(softsign, gradtwin.derivative(slope), twin=torch.nn.functional.softsign, inputs=[X])


def wrong():
    df = gradtwin.derivative(slope_without_the_square)
    return gradtwin.check(softsign, df, twin=torch.nn.functional.softsign, inputs=[X])
