"""An operator of `torch.library`, whose registrations are looked at, too."""

import torch

import gradtwin

X = torch.linspace(-2, 3, 12).reshape(4, 3)


def decay(name, factor):
    """Return an operator exp(-rate x) whose gradient has that factor."""

    @torch.library.custom_op(name, mutates_args=())
    def operator(x: torch.Tensor, rate: float) -> torch.Tensor:
        return torch.exp(-rate * x)

    def setup_context(ctx, inputs, output):
        ctx.rate = inputs[1]
        ctx.save_for_backward(output)

    def backward(ctx, grad):
        return -grad * ctx.saved_tensors[0] * factor(ctx.rate), None

    operator.register_fake(lambda x, rate: torch.empty_like(x))
    operator.register_autograd(backward, setup_context=setup_context)
    return operator


def twin(x, rate):
    return torch.exp(-rate * x)


def right():
    operator = decay("forms::decay", lambda rate: rate)
    return gradtwin.check(operator, twin=twin, inputs=[X], options={"rate": 0.5})


def wrong():
    operator = decay("forms::decay_without_the_rate", lambda rate: 1)
    return gradtwin.check(operator, twin=twin, inputs=[X], options={"rate": 0.5})
