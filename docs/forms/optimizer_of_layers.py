"""An object with `update_params(layer)`, which steps the weights and biases of a layer and keeps its state there."""

import numpy as np
import torch

import gradtwin


class SGD:
    def __init__(self, learning_rate=1.0, decay=0.0, momentum=0.0):
        self.learning_rate, self.current_learning_rate = learning_rate, learning_rate
        self.decay, self.momentum, self.iterations = decay, momentum, 0

    def pre_update_params(self):
        self.current_learning_rate = self.learning_rate / (1 + self.decay * self.iterations)

    def update_params(self, layer):
        if not hasattr(layer, "weight_momentums"):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
        weight_updates = self.momentum * layer.weight_momentums - self.current_learning_rate * layer.dweights
        bias_updates = self.momentum * layer.bias_momentums - self.current_learning_rate * layer.dbiases
        self.keep(layer, weight_updates, bias_updates)
        layer.weights += weight_updates
        layer.biases += bias_updates

    def keep(self, layer, weight_updates, bias_updates):
        layer.weight_momentums, layer.bias_momentums = weight_updates, bias_updates

    def post_update_params(self):
        self.iterations += 1


class SGDForgetful(SGD):
    def keep(self, layer, weight_updates, bias_updates):
        layer.weight_momentums = weight_updates


def right():
    return gradtwin.check_optimizer(SGD, twin=torch.optim.SGD, options={"lr": 0.1, "momentum": 0.9})


def wrong():
    return gradtwin.check_optimizer(SGDForgetful, twin=torch.optim.SGD, options={"lr": 0.1, "momentum": 0.9})
