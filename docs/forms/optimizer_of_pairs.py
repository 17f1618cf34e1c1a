"""An object with `apply_gradients(zip(grads, params))`, which steps arrays in place or assigns to variables."""

import numpy as np
import torch

import gradtwin


class RMSprop:
    def __init__(self, learning_rate=0.01, rho=0.99, epsilon=1e-8):
        self.learning_rate, self.rho, self.epsilon = learning_rate, rho, epsilon

    def build(self, variables):
        self.squares = {id(v): np.zeros_like(v) for v in variables}

    def apply_gradients(self, grads_and_vars):
        for grad, variable in grads_and_vars:
            square = self.rho * self.squares[id(variable)] + (1 - self.rho) * grad**2
            self.squares[id(variable)] = square
            variable.assign_sub(self.learning_rate * grad / self.root(square))

    def root(self, square):
        return np.sqrt(square) + self.epsilon


class RMSpropEpsInside(RMSprop):
    def root(self, square):
        return np.sqrt(square + self.epsilon)


def right():
    return gradtwin.check_optimizer(RMSprop, twin=torch.optim.RMSprop, options={"eps": 1e-4})


def wrong():
    return gradtwin.check_optimizer(RMSpropEpsInside, twin=torch.optim.RMSprop, options={"eps": 1e-4})
