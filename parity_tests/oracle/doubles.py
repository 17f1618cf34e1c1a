"""Functions of autograd's that can be differentiated twice, right ones and wrong ones, for the tests of the oracle."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd.function import once_differentiable

Tensor = torch.Tensor


class TimesTanh(torch.autograd.Function):
    """The product of x and tanh(x), with a slope that autograd differentiates."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * torch.tanh(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        t = torch.tanh(x)
        return grad * (t + x * (1 - t * t))


class TimesTanhSlopeSaved(TimesTanh):
    """The slope is computed in forward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        t = torch.tanh(x)
        ctx.save_for_backward(t + x * (1 - t * t))
        return x * t

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return grad * ctx.saved_tensors[0]


class TimesTanhOutputSaved(TimesTanh):
    """The hyperbolic tangent is computed in forward, and x is saved: half of the second derivative is left."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        t = torch.tanh(x)
        ctx.save_for_backward(x, t)
        return x * t

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        x, t = ctx.saved_tensors
        return grad * (t + x * (1 - t * t))


class TimesTanhDetached(TimesTanh):
    """A factor of the slope is detached."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        t = torch.tanh(x)
        return grad * (t + x * (1 - t * t).detach())


class TimesTanhCotangentDetached(TimesTanh):
    """The cotangent is detached."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return TimesTanh.backward(ctx, grad.detach())


class TimesTanhByNumpy(TimesTanh):
    """The slope goes through NumPy."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return torch.from_numpy(TimesTanh.backward(ctx, grad).detach().numpy())


class TimesTanhOnce(TimesTanh):
    """The backward is marked."""

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Any:
        return TimesTanh.backward(ctx, grad)


class Softplus(torch.autograd.Function):
    """The softplus, whose backward is a Function with a backward by hand."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.logaddexp(x, torch.zeros_like(x))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        slope: Any = SoftplusSlope.apply
        return slope(grad, *ctx.saved_tensors)


class SoftplusSlope(torch.autograd.Function):
    """The gradient of softplus: grad sigmoid(x)."""

    @staticmethod
    def forward(ctx: Any, grad: Tensor, x: Tensor) -> Tensor:
        ctx.save_for_backward(grad, x)
        return grad * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> Any:
        grad, x = ctx.saved_tensors
        s = torch.sigmoid(x)
        return outer * s, outer * grad * s * (1 - s)


def softplus(change: Any) -> Any:
    """Return the softplus with another double backward: `change` takes its two results and what they are made of."""

    class Slope(SoftplusSlope):
        @staticmethod
        def backward(ctx: Any, outer: Tensor) -> Any:
            return change(*SoftplusSlope.backward(ctx, outer), outer, *ctx.saved_tensors)

    class Changed(Softplus):
        @staticmethod
        def backward(ctx: Any, grad: Tensor) -> Any:
            slope: Any = Slope.apply
            return slope(grad, *ctx.saved_tensors)

    return Changed


class LayerNorm(torch.autograd.Function):
    """Each row less its mean, by its standard deviation, with the statistics computed again in backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return LayerNorm.normalized(x)[0]

    @staticmethod
    def normalized(x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the normalized rows, and what they were multiplied with."""
        centred = x - x.mean(-1, keepdim=True)
        rate = torch.rsqrt(centred.square().mean(-1, keepdim=True) + 1e-5)
        return centred * rate, rate

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        y, rate = LayerNorm.normalized(*ctx.saved_tensors)
        return rate * (grad - grad.mean(-1, keepdim=True) - y * (grad * y).mean(-1, keepdim=True))


class LayerNormRateSaved(LayerNorm):
    """The rate of forward is used as a constant."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        y, rate = LayerNorm.normalized(*ctx.saved_tensors)
        rate = rate.detach()
        return rate * (grad - grad.mean(-1, keepdim=True) - y * (grad * y).mean(-1, keepdim=True))


class LogSumExp(torch.autograd.Function):
    """The logarithm of the sum of exponentials of each row."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        top = x.amax(-1, keepdim=True)
        return (top + (x - top).exp().sum(-1, keepdim=True).log()).squeeze(-1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        e = (x - x.amax(-1, keepdim=True).detach()).exp()
        return grad.unsqueeze(-1) * e / e.sum(-1, keepdim=True)


class LogSumExpSumDetached(LogSumExp):
    """The sum of the softmax is detached: the diagonal of its Jacobian alone is left."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        e = (x - x.amax(-1, keepdim=True).detach()).exp()
        return grad.unsqueeze(-1) * e / e.sum(-1, keepdim=True).detach()


class Bilinear(torch.autograd.Function):
    """The product of two matrices, whose gradients are products of another such Function."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        return a @ b

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, Any]:
        a, b = ctx.saved_tensors
        matmul: Any = Bilinear.apply
        return matmul(grad, b.mT), matmul(a.mT, grad)


class BilinearSecondDetached(Bilinear):
    """The gradient of the first matrix takes the second for a constant."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, Any]:
        a, b = ctx.saved_tensors
        return grad @ b.detach().mT, a.mT @ grad


class Polar(torch.autograd.Function):
    """Two outputs of two inputs, of which the backward skips an output that has no cotangent."""

    @staticmethod
    def forward(ctx: Any, r: Tensor, phi: Tensor) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(r, phi)
        return r * torch.cos(phi), r * torch.sin(phi)

    @staticmethod
    def backward(ctx: Any, of_x: Tensor | None, of_y: Tensor | None) -> tuple[Tensor, Tensor]:
        r, phi = ctx.saved_tensors
        of_x = torch.zeros_like(r) if of_x is None else of_x
        of_y = torch.zeros_like(r) if of_y is None else of_y
        return of_x * torch.cos(phi) + of_y * torch.sin(phi), r * (of_y * torch.cos(phi) - of_x * torch.sin(phi))


class PolarRadiusDetached(Polar):
    """The gradient of the angle takes the radius for a constant."""

    @staticmethod
    def backward(ctx: Any, of_x: Tensor | None, of_y: Tensor | None) -> tuple[Tensor, Tensor]:
        r = ctx.saved_tensors[0]
        of_r, of_phi = Polar.backward(ctx, of_x, of_y)
        return of_r, of_phi / r * r.detach()


class PolarAbsentForgotten(Polar):
    """Where the second output has no cotangent, the first one's is passed on with the wrong sign."""

    @staticmethod
    def backward(ctx: Any, of_x: Tensor | None, of_y: Tensor | None) -> tuple[Tensor, Tensor]:
        of_r, of_phi = Polar.backward(ctx, of_x, of_y)
        return of_r, -of_phi if of_y is None else of_phi


class PolarDeclining(Polar):
    """Both outputs need a cotangent."""

    @staticmethod
    def backward(ctx: Any, of_x: Tensor | None, of_y: Tensor | None) -> tuple[Tensor, Tensor]:
        if of_x is None or of_y is None:
            raise NotImplementedError("both outputs have to be used")
        return Polar.backward(ctx, of_x, of_y)


class Gather(torch.autograd.Function):
    """The cubes of chosen rows, where a mask lets them through."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, mask: Tensor) -> Tensor:
        ctx.save_for_backward(table, rows, mask)
        return (table[rows] * mask) ** 3

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        table, rows, mask = ctx.saved_tensors
        slope = 3 * (table[rows] * mask) ** 2 * mask
        return torch.zeros_like(table).index_add(0, rows, grad * slope), None, None


class GatherOverwriting(Gather):
    """Of a row that is chosen twice, the last gradient is kept."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        table, rows, mask = ctx.saved_tensors
        slope = 3 * (table[rows] * mask) ** 2 * mask
        return torch.zeros_like(table).index_put((rows,), grad * slope), None, None


class Rectifier(torch.autograd.Function):
    """The rectifier, whose second derivative is zero."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x > 0)
        return x.clamp_min(0)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return grad * ctx.saved_tensors[0]


class SquaredRectifier(torch.autograd.Function):
    """The square of the rectifier: at 0 its gradient has a kink, at which 2 is as good as 0."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp_min(0).square()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return grad * torch.where(x >= 0, 2 * x, 0 * x)


class CubesAndLargest(torch.autograd.Function):
    """A power, and the largest element of each row and its place, which have no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, power: int) -> tuple[Tensor, Tensor, Tensor]:
        largest, places = x.max(-1)
        ctx.mark_non_differentiable(largest, places)
        ctx.save_for_backward(x)
        ctx.power = power
        return x**power, largest, places

    @staticmethod
    def backward(ctx: Any, grad: Tensor, *_: Any) -> Any:
        return ctx.power * grad * ctx.saved_tensors[0] ** (ctx.power - 1), None
