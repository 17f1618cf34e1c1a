"""The normalizations of torch written out, for the conventions that torch's own do not know."""

from __future__ import annotations

import torch

from gradtwin.core.altered import TorchCall

__all__ = ["NORMALIZATIONS", "normalized"]

Tensor = torch.Tensor

NORMALIZATIONS = ("layer_norm", "rms_norm", "group_norm", "instance_norm", "batch_norm")
"""The functions of torch that divide by the root of a variance."""


def normalized(call: TorchCall, *, outside: bool = False, correction: int = 0) -> Tensor:
    """Return what a normalization returns with eps `outside` the root, or with that correction of its variance."""
    x: Tensor = call.first
    eps = _eps(call)
    grouped = x.reshape(len(x), call.option("num_groups", 1), -1) if call.name == "group_norm" else x
    mean, variance = _moments(call, grouped, correction)
    root = variance.sqrt() + eps if outside else (variance + eps).sqrt()
    result: Tensor = ((grouped - mean) / root).reshape(x.shape)
    by_channel = call.name in ("group_norm", "instance_norm", "batch_norm")
    first = 3 if call.name in ("instance_norm", "batch_norm") else 2
    for name, place in (("weight", first), ("bias", first + 1)):
        part = call.option(name, place)
        if part is not None:
            part = part.reshape(-1, *(1,) * (x.ndim - 2)) if by_channel else part
            result = result * part if name == "weight" else result + part
    return result


def _eps(call: TorchCall) -> float:
    place = {"rms_norm": 3, "batch_norm": 7, "instance_norm": 7}.get(call.name, 4)
    eps = call.option("eps", place, None if call.name == "rms_norm" else 1e-5)
    return float(torch.finfo(call.first.dtype).eps if eps is None else eps)


def _moments(call: TorchCall, x: Tensor, correction: int) -> tuple[Tensor, Tensor]:
    """Return the mean and the variance, of a shape that goes with `x`; of one root mean square, 0 and the square."""
    running = call.option("running_mean", 1), call.option("running_var", 2)
    own = {"batch_norm": call.option("training", 5, False), "instance_norm": call.option("use_input_stats", 5, True)}
    if call.name in own and not own[call.name]:
        mean, variance = (r.reshape(-1, *(1,) * (x.ndim - 2)) for r in running)
        return mean, variance
    if call.name in ("layer_norm", "rms_norm"):
        dims = tuple(range(x.ndim - len(call.option("normalized_shape", 1)), x.ndim))
    else:
        dims = (0, *range(2, x.ndim)) if call.name == "batch_norm" else tuple(range(2, x.ndim))
    if call.name == "rms_norm":
        return torch.zeros_like(x), x.square().mean(dims, keepdim=True)
    return x.mean(dims, keepdim=True), x.var(dims, correction=correction, keepdim=True)
