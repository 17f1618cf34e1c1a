"""Twin of `scratch.losses.linear_cross_entropy`."""

import torch
import torch.nn.functional as F


def forward(
    input,
    linear_weight,
    target,
    *,
    linear_bias=None,
    weight=None,
    reduction="mean",
    ignore_index=None,
    label_smoothing=0.0,
    options=None,
):
    """Return `torch.nn.functional.linear_cross_entropy`, or what it stands for where torch does not have it yet."""
    if not hasattr(F, "linear_cross_entropy"):
        return _composed(input, linear_weight, target, linear_bias, weight, reduction, ignore_index, label_smoothing)
    return F.linear_cross_entropy(
        input,
        linear_weight,
        target,
        linear_bias=linear_bias,
        weight=weight,
        reduction=reduction,
        ignore_index=ignore_index,
        label_smoothing=label_smoothing,
        options=None if options is None else torch.nn.LinearCrossEntropyOptions(**options),
    )


def _composed(input, linear_weight, target, linear_bias, weight, reduction, ignore_index, label_smoothing):
    if ignore_index is not None and target.is_floating_point():
        raise ValueError("ignore_index for probabilities")
    bias = None if linear_bias is None else linear_bias.flatten()
    logits = F.linear(input, linear_weight.flatten(0, -2), bias)
    return F.cross_entropy(
        logits.unflatten(-1, linear_weight.shape[:-1]),
        target,
        weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
