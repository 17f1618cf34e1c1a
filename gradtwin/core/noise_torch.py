"""Shadow runs of PyTorch code: the result of every elementary operation gets noise, forward and backward."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from gradtwin.core.decompose import RANGE, SCALING, base_name, plan, scales_exactly

__all__ = ["TorchShadow", "under"]

aten = torch.ops.aten


def _whole(x: torch.Tensor) -> torch.Tensor:
    size: torch.Tensor = torch.linalg.matrix_norm(x, keepdim=True)
    return size.expand_as(x)


def _columns(x: torch.Tensor) -> torch.Tensor:
    size: torch.Tensor = torch.linalg.vector_norm(x, dim=-2, keepdim=True)
    return size.expand_as(x)


def _elimination(x: torch.Tensor) -> torch.Tensor:
    """Return |L| |U|, which is larger than `x` where pivoting lets the numbers grow (Higham, 2002, theorem 9.3)."""
    swapped, lower, upper = torch.linalg.lu(x)
    size: torch.Tensor = swapped @ (lower.abs() @ upper.abs())
    return size


# The size of the backward error of a factorization, elementwise.
FACTORED: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "_linalg_eigh": _whole,
    "_linalg_solve_ex": _elimination,
    "_linalg_svd": _whole,
    "linalg_lstsq": _columns,
    "linalg_pinv": _whole,
    "linalg_qr": _columns,
}


def _puts(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Say whether this stores values at indices without adding them to what is there."""
    accumulate = kwargs.get("accumulate", args[3] if len(args) > 3 else False)
    return base_name(func) in ("index_put", "index_put_") and not accumulate


def _has_noise(out: Any) -> bool:
    """Say whether one of several results is rounded; one of whole numbers only is a mask or a count."""
    return isinstance(out, torch.Tensor) and out.is_floating_point() and bool((out != out.round()).any())


class TorchShadow(TorchDispatchMode):
    """A dispatch mode under which every elementary float64 result is perturbed.

    Parameters
    ----------
    amplitude : float
        Largest relative change of one result.
    eta : float
        Largest absolute change of a result that is not zero, for the subnormal edge of the precision under test.
    seed : int
        Seed of the noise.
    """

    def __init__(self, amplitude: float, eta: float, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.amplitude = amplitude
        self.eta = eta
        self.rng = np.random.Generator(np.random.SFC64(seed))

    def _random(self, x: torch.Tensor) -> torch.Tensor:
        """Return numbers from [-1, 1) in the shape of `x`, on a grid of 2^-15; that is fine enough, and fast."""
        drawn = torch.frombuffer(bytearray(self.rng.bytes(2 * x.numel())), dtype=torch.int16)
        return drawn.to(x.dtype).mul_(2.0**-15).view(x.shape)

    def perturb(self, x: torch.Tensor, scale: torch.Tensor | None = None) -> torch.Tensor:
        """Return `x` with relative noise, and absolute noise of size `scale` if given; zeros stay, infinities too."""
        if x.numel() == 0:
            return x
        r = self._random(x)
        if scale is not None:
            return scale.add_(x.abs(), alpha=self.amplitude).mul_(r).nan_to_num_(0.0, 0.0, 0.0).add_(x)
        noisy = (r * self.amplitude).add_(1).mul_(x)
        if self.eta:
            noisy.add_(r.mul_(x.sgn()), alpha=self.eta)
        return noisy

    def perturb_input(self, x: torch.Tensor) -> torch.Tensor:
        """Return an input with relative noise that keeps it what it is.

        Whole numbers throughout are labels or counts, and stay. Numbers within [-1, 1] may be bounded by that
        (probabilities, correlations): none is moved past it, and -1 and 1 stay.
        """
        if x.numel() == 0 or bool((x == x.round()).all()):
            return x
        noisy = self.perturb(x)
        return torch.where(x.abs() == 1, x, noisy.clamp_(-1, 1)) if bool((x.abs() <= 1).all()) else noisy

    def _sum_scale(self, name: str, args: tuple[Any, ...], out: torch.Tensor, i: int) -> torch.Tensor | None:
        """Return the noise of a sum of k terms t added one after the other: u sqrt(k-1) (|t|_2 + |sum t|) / 2.

        `out` is the i-th result of the operation.
        """
        if name == "sum":
            terms = max(args[0].numel() // max(out.numel(), 1), 1)
            axes = {"dim": args[1], "keepdim": args[2] if len(args) > 2 else False} if len(args) > 1 else {}
            square = args[0].square().sum(**axes)
        elif name in ("mm", "bmm", "mv", "dot"):
            terms = args[0].shape[-1]
            square = getattr(torch, name)(args[0].square(), args[1].square())
        elif name == "convolution":
            terms = args[1][0].numel()
            square = aten.convolution(args[0].square(), args[1].square(), None, *args[3:])
        elif name == "convolution_backward":
            terms = (args[2].shape[0] * args[2][0, 0].numel(), *[args[0].numel() // max(args[0].shape[1], 1)] * 2)[i]
            square = aten.convolution_backward(*(x.square() for x in args[:3]), *args[3:])[i]
        else:
            return None
        size: torch.Tensor = square.sqrt_() + out.abs()
        return size * (self.amplitude * math.sqrt(terms - 1) / 2 if terms else 0.0)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        kind, detail = plan(func)
        if _puts(func, args, kwargs):
            kind = "exact"
        if kind == "fused" and any(isinstance(x, torch.Tensor) and x.numel() == 0 for x in args):
            kind = "exact"  # decompositions may divide by the number of elements
        if kind == "exact":
            return func(*args, **kwargs)
        if kind == "in place":
            with self:
                return args[0].copy_(detail(*args, **kwargs))
        if kind == "fused":
            out = self._decomposed(func, detail, args, kwargs)
            if out is not NotImplemented:
                return out
        name = base_name(func)
        if name in FACTORED:  # what it returns is right for a matrix that is that far from the one it was given
            args = (self.perturb(args[0], self.amplitude * FACTORED[name](args[0])), *args[1:])
        if name in SCALING and kwargs.get("alpha", 1) != 1:
            args = self._scaled(name, args, kwargs.pop("alpha"))
        out = func(*args, **kwargs)
        if scales_exactly(name, args):
            return out
        if "out" in kwargs:
            return out.copy_(self._noisy(name, args, out))
        if isinstance(out, torch.Tensor):
            return self._noisy(name, args, out)
        if isinstance(out, (tuple, list)):
            return type(out)(self._noisy(name, args, o, i) if _has_noise(o) else o for i, o in enumerate(out))
        return out

    def _scaled(self, name: str, args: tuple[Any, ...], alpha: Any) -> tuple[Any, ...]:
        """Return the arguments of a sum with the term that is scaled scaled, which rounds on its own."""
        with self:
            return (args[0] * alpha, *args[1:]) if name == "rsub" else (args[0], args[1] * alpha, *args[2:])

    def _decomposed(self, func: Any, detail: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return what the decomposition does, or NotImplemented where it does not take what the kernel takes."""
        try:
            with self:
                out = detail(*args, **kwargs)
        except (RuntimeError, TypeError, IndexError):  # index_add's fails for an index without dimensions
            return NotImplemented
        name = base_name(func)
        return out.clamp(*RANGE[name]) if isinstance(out, torch.Tensor) and name in RANGE else out

    def _noisy(self, name: str, args: tuple[Any, ...], out: torch.Tensor, i: int = 0) -> torch.Tensor:
        if not out.is_floating_point() or out.numel() == 0 or out.is_sparse:
            return out
        noisy = self.perturb(out, self._sum_scale(name, args, out, i))
        if isinstance(args[0], torch.Tensor) and args[0].is_sparse:
            return out
        if any(isinstance(x, torch.Tensor) and x.is_sparse for x in args):
            return torch.where(out == args[0], out, noisy)  # what a sparse term does not reach is as it was
        return noisy.clamp_(*RANGE[name]) if name in RANGE else noisy


@contextlib.contextmanager
def under(shadow: TorchShadow | None) -> Iterator[None]:
    """Run what follows under a shadow, if one is given, with attention computed step by step and not in one kernel."""
    if shadow is None:
        yield
        return
    with sdpa_kernel(SDPBackend.MATH), shadow:
        yield
