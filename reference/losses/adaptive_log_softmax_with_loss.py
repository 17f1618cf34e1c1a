"""Twin of `scratch.losses.adaptive_log_softmax_with_loss`."""

import torch


def forward(input, target, head_weight, head_bias, *tail, cutoffs):
    """Return what `torch.nn.AdaptiveLogSoftmaxWithLoss` does with these weights."""
    module = torch.nn.AdaptiveLogSoftmaxWithLoss(
        head_weight.shape[1], cutoffs[-1], cutoffs[:-1], div_value=1.0, head_bias=head_bias is not None
    )
    for i, (down, up) in enumerate(zip(tail[::2], tail[1::2], strict=True)):
        hidden, features = down.shape
        inner = torch.nn.Linear(features, hidden, bias=False), torch.nn.Linear(hidden, up.shape[0], bias=False)
        module.tail[i] = torch.nn.Sequential(*inner)
    names = ("head.weight", "head.bias") if head_bias is not None else ("head.weight",)
    names = (*names, *(f"tail.{i // 2}.{i % 2}.weight" for i in range(len(tail))))
    weights = [w for w in (head_weight, head_bias, *tail) if w is not None]
    return torch.func.functional_call(module, dict(zip(names, weights, strict=True)), (input, target))
