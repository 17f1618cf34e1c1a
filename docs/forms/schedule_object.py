"""A learning-rate schedule that is an object with `step()`, and shows its rate or writes it into an optimizer."""

from torch.optim.lr_scheduler import StepLR

import gradtwin


class StepDecay:
    def __init__(self, optimizer, step_size, gamma=0.1):
        self.optimizer, self.step_size, self.gamma, self.count = optimizer, step_size, gamma, 0

    def step(self):
        self.count += 1
        if self.is_due():
            for group in self.optimizer.param_groups:
                group["lr"] *= self.gamma

    def is_due(self):
        return self.count % self.step_size == 0


class StepDecayLate(StepDecay):
    def is_due(self):
        return self.count % self.step_size == 1


def right():
    return gradtwin.check_scheduler(StepDecay, twin=StepLR, options={"step_size": 6})


def wrong():
    return gradtwin.check_scheduler(StepDecayLate, twin=StepLR, options={"step_size": 6})
