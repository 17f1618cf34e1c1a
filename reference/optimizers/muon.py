"""Twin of `scratch.optimizers.muon`."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class _Uncast(TorchDispatchMode):
    """A mode under which a cast to bfloat16 is a copy that keeps its type."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is torch.ops.aten._to_copy.default and kwargs.get("dtype") is torch.bfloat16:
            return torch.ops.aten.clone.default(*args)
        return func(*args, **kwargs)


class _Muon(torch.optim.Muon):
    """`torch.optim.Muon` that orthogonalises in the type of its parameters, where torch does so in bfloat16."""

    def step(self, closure=None):
        with _Uncast():
            return super().step(closure)


def optimizer(params, **options):
    """Return `torch.optim.Muon`, without its cast to bfloat16, on a list of tensors."""
    return _Muon(params, **options)
