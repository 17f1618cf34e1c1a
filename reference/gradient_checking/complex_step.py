"""Twin of `scratch.gradient_checking.complex_step`."""

import torch


def forward(input, function, step):
    """Return the imaginary parts of `function` beside `input`, by the step."""
    steps = step * torch.eye(input.numel(), dtype=input.dtype, device=input.device).reshape(input.numel(), *input.shape)
    values = torch.vmap(function)(torch.complex(input.expand(steps.shape), steps))
    return (values.imag / step).reshape(input.shape)
