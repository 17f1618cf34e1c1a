"""An update of `torch.optim.swa_utils.AveragedModel` on a model of one parameter."""

import torch
from torch.optim.swa_utils import AveragedModel


class _Model(torch.nn.Module):
    """A model of one parameter."""

    def __init__(self, weight):
        super().__init__()
        self.weight = torch.nn.Parameter(weight.detach().clone(), requires_grad=False)


def updated(averaged, param, num_averaged, avg_fn):
    """Return the average of a parameter after an update that `num_averaged` others came before."""
    model = AveragedModel(_Model(averaged), avg_fn=avg_fn)
    model.n_averaged.fill_(num_averaged)
    model.update_parameters(_Model(param))
    return next(model.parameters()).detach()
