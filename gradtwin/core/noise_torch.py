"""Shadow runs of PyTorch code: the result of every elementary operation gets noise, forward and backward."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from gradtwin.core.decompose import PRODUCTS, RANGE, SCALING, Plan, plan, scales_exactly
from gradtwin.core.pool import BLOCK, Pool

__all__ = ["FACTORED", "Mode", "OpaqueKernelError", "TorchShadow", "kind_of", "mark", "under"]

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
    size: torch.Tensor = swapped.abs() @ (lower.abs() @ upper.abs())
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


PRODUCTS_SUMMED = frozenset({"_sparse_addmm", "addmm", "addmv", "bmm", "dot", "mm", "mv"})
SUMS = PRODUCTS_SUMMED | {"convolution", "convolution_backward", "sum"}
"""What adds up many terms and is not taken apart, so that its noise is that of a sum."""


ROUNDED_IF_COMPLEX = frozenset({"abs", "sgn"})
"""What is exact of a real number, and takes a root of a complex one."""


WHOLE, WITHIN_ONE = "whole numbers", "numbers within [-1, 1]"


class OpaqueKernelError(RuntimeError):
    """One kernel does what many operations do, so that noise cannot come between them."""


def _adds(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Return whether values are added to what stands at their indices, and not stored in its place."""
    return bool(kwargs.get("accumulate", args[3] if len(args) > 3 else False))


def _has_noise(out: Any) -> bool:
    """Return whether one of several results is rounded; one of whole numbers only is a mask or a count."""
    if not isinstance(out, torch.Tensor):
        return False
    return out.is_complex() or (out.is_floating_point() and bool((out != out.round()).any()))


def _all(x: torch.Tensor, holds: Callable[[torch.Tensor], torch.Tensor]) -> bool:
    """Return whether something holds of all elements; it mostly fails at the first few."""
    return bool(holds(x.reshape(-1)[:64]).all()) and bool(holds(x).all())


def _is_sparse(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.layout is not torch.strided


def kind_of(x: torch.Tensor) -> str:
    """Return what kind of numbers an input holds, which noise must not change."""
    # Whole numbers first: zeros and ones lie within [-1, 1] too, and a mask of them has to stay as it is.
    if _all(x, lambda part: part == part.round()):
        return WHOLE
    return WITHIN_ONE if _all(x, lambda part: part.abs() <= 1) else "any numbers"


def mark(x: Any) -> Any:
    """Return a tensor, marked as one that holds several runs."""
    if isinstance(x, torch.Tensor):
        x._holds_runs = True  # type: ignore[attr-defined]
    return x


def _marked(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Return whether an argument, or part of one, holds several runs."""
    for x in args:
        if hasattr(x, "_holds_runs") or (isinstance(x, (tuple, list)) and _marked(x, {})):
            return True
    return any(hasattr(x, "_holds_runs") for x in kwargs.values())


class Mode(AbstractContextManager[Any], Protocol):
    """A mode under which a twin is run for what it says, not for what it computes."""

    def perturb_input(self, x: torch.Tensor) -> torch.Tensor:
        """Return an input as the run gets it."""

    def unrounded(self, x: torch.Tensor) -> torch.Tensor:
        """Return a result as it is judged."""


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
    in_sums : float, optional
        The amplitude with which the terms of a sum are added up, where that is finer than the rest.
    stack : bool
        Whether tensors that are marked by `mark` hold several runs; then `shared` tells whether noise was drawn for
        something that was not computed from them, and so once for all runs.

    Attributes
    ----------
    scalars : random.Random
        The source of noise of plain numbers of Python, for whoever makes some noisy.
    """

    def __init__(
        self, amplitude: float, eta: float, seed: int, *, in_sums: float | None = None, stack: bool = False
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.amplitude = amplitude
        self.in_sums = amplitude if in_sums is None else in_sums
        self.eta = eta
        self.seed = seed
        self.stack = stack
        self.shared = False
        self.scalars = random.Random(seed)
        self._pool = Pool(amplitude, seed)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return False, since nobody compiles under a shadow: torch then leaves out a call around every operation."""
        return False

    def perturb(self, x: torch.Tensor, size: torch.Tensor | None = None) -> torch.Tensor:
        """Return `x` with relative noise, or absolute noise of a size; zeros stay, infinities too."""
        count = x.numel()
        if count == 0:
            return x
        if count <= BLOCK:
            return self._perturbed(x, size, self._pool.next_for(x))
        # Block by block: every pass over a block but the first finds it in the cache.
        out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        sizes, noisy = None if size is None else size.reshape(-1), out.view(-1)
        for start, block, noise in self._pool.blocks_of(x.reshape(-1)):
            part = None if sizes is None else sizes.narrow(0, start, block.numel())
            self._perturbed(block, part, noise, noisy.narrow(0, start, block.numel()))
        return out

    def _perturbed(
        self,
        x: torch.Tensor,
        size: torch.Tensor | None,
        noise: tuple[torch.Tensor, torch.Tensor],
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        numbers, factors = noise
        if size is not None:
            # The squares in a size may overflow where the result does not; infinity times 0 would be NaN.
            return torch.add((size * numbers).nan_to_num_(0.0, 0.0, 0.0), x, out=out)
        # A product: a sum would make NaN of an infinity.
        noisy = torch.mul(x, factors, out=out)
        return noisy.addcmul_(numbers, x.sgn(), value=self.eta) if self.eta else noisy

    def perturb_input(self, x: torch.Tensor) -> torch.Tensor:
        """Return an input with relative noise that keeps it what it is.

        Whole numbers throughout are labels or counts, and stay. Numbers within [-1, 1] may be bounded by that
        (probabilities, correlations): none is moved past it, and -1 and 1 stay.
        """
        with _disable_current_modes():  # under this very mode the noise would be given noise
            kind = kind_of(x)
            if kind == WHOLE:
                return x
            noisy = self.perturb(x)
            return torch.where(x.abs() == 1, x, noisy.clamp_(-1, 1)) if kind == WITHIN_ONE else noisy

    def unrounded(self, x: torch.Tensor) -> torch.Tensor:
        """Return a result as it is."""
        return x

    def _size_of_sum(self, name: str, args: tuple[Any, ...], out: torch.Tensor, i: int) -> torch.Tensor:
        """Return the size of the noise of the i-th result `out` of a sum, and of its last rounding.

        Of k terms t, added one after the other: u sqrt(k-1) (|t|_2 + |sum t|) / 2.
        """
        length: torch.Tensor
        if name == "sum":
            # A sum of whole numbers may be asked for in a floating type, and the norm takes no whole ones.
            terms = max(args[0].numel() // max(out.numel(), 1), 1)
            length = torch.linalg.vector_norm(args[0].to(out.dtype), 2, *args[1:])
        elif name in PRODUCTS_SUMMED:
            factors = args[1:3] if "add" in name else args[:2]
            left, right = (x.to_dense() if _is_sparse(x) else x for x in factors)
            terms = left.shape[-1]
            if _is_sparse(factors[0]):  # what is not stored is not added: as many terms as the fullest row has
                terms = int((left != 0).sum(-1).max())
            length = torch.matmul(left.abs().square(), right.abs().square()).sqrt_()
        elif name == "convolution":
            terms = args[1][0].numel()
            length = aten.convolution(args[0].square(), args[1].square(), None, *args[3:]).sqrt_()
        else:  # of a convolution, backward
            # An element of the input meets the output channels of its own group only.
            of_input = args[2].shape[0] // args[9] * args[2][0, 0].numel()
            terms = (of_input, *[args[0].numel() // max(args[0].shape[1], 1)] * 2)[i]
            length = aten.convolution_backward(*(x.square() for x in args[:3]), *args[3:])[i].sqrt_()
        # However finely the terms are added up, the result is rounded to its own precision in the end.
        share = self.in_sums * math.sqrt(terms - 1) / 2 if terms else 0.0
        return length.mul_(share).add_(out.abs(), alpha=share + self.amplitude)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return self._run(func, args, kwargs or {})

    def _run(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run an operation with noise, and mark the results if there are several runs in them."""
        out = self._computed(func, args, kwargs)
        if self.stack and _marked(args, kwargs):
            for x in out if isinstance(out, (tuple, list)) else (out,):
                mark(x)
        return out

    def _computed(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run an operation in the way that `plan` says."""
        operation = plan(func)
        way = operation.way
        rounds = operation.name in ROUNDED_IF_COMPLEX and args[0].is_complex()
        if (way == "exact" and not rounds) or (way == "stores" and not _adds(args, kwargs)):
            return func(*args, **kwargs)
        if way == "in place":  # before the rest: what is computed must be noisy before it is written over its input
            return args[0].copy_(self._run(operation.detail, args, kwargs))
        if way == "of a list":  # the kernel that goes from tensor to tensor, each with the operation for one
            with self:
                return func._op_dk(torch._C.DispatchKey.CompositeExplicitAutograd, *args, **kwargs)
        if way == "opaque":
            raise OpaqueKernelError(f"{func} writes into several tensors and cannot be taken apart")
        if way in ("steps", "fused") and not any(map(_is_sparse, args)):  # decompositions are for dense tensors
            out = self._decomposed(operation, args, kwargs)
            if out is not NotImplemented:
                return out
        return self._elementary(func, operation.name, args, kwargs)

    def _step(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """Run an operation of a decomposition."""
        return self._run(func, args, kwargs)

    def _decomposed(self, operation: Plan, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return what the decomposition does, or NotImplemented where it does not take what the kernel takes."""
        try:
            if operation.way == "steps":
                out = operation.detail(self._step, *args, **kwargs)
            else:
                with self:
                    out = operation.detail(*args, **kwargs)
        except (RuntimeError, TypeError, IndexError, ZeroDivisionError):
            # index_add's fails for an index without dimensions, some divide by a number of elements that may be 0
            return NotImplemented
        limits = RANGE.get(operation.name)
        # Of complex numbers there is no range.
        if limits is None or not isinstance(out, torch.Tensor) or out.is_complex():
            return out
        return out.clamp(*limits)

    def _elementary(self, func: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run an operation as it is, and return its results with the noise of one rounding each."""
        if name in FACTORED:  # what it returns is right for a matrix that is that far from the one it was given
            size = self.amplitude * (FACTORED[name](args[0]) + args[0].abs())
            perturb = self._perturb_parts if args[0].is_complex() else self.perturb
            args = (perturb(args[0], size), *args[1:])
        if name in SCALING and kwargs.get("alpha", 1) != 1:
            kwargs = dict(kwargs)
            args = self._scaled(name, args, kwargs.pop("alpha"))
        out = func(*args, **kwargs)
        if name in PRODUCTS and scales_exactly(args):
            return out
        if "out" in kwargs:  # whoever passed it reads the result there
            return out.copy_(self._noisy(name, args, out))
        if isinstance(out, torch.Tensor):
            return self._noisy(name, args, out)
        if isinstance(out, (tuple, list)):
            return type(out)(self._noisy(name, args, o, i) if _has_noise(o) else o for i, o in enumerate(out))
        return out

    def _scaled(self, name: str, args: tuple[Any, ...], alpha: Any) -> tuple[Any, ...]:
        """Return the arguments of a sum with the term that is scaled scaled, which rounds on its own."""
        place = 0 if name == "rsub" else 1
        product = args[place] * alpha
        if isinstance(product, torch.Tensor) and not scales_exactly((args[place], alpha)):
            product = self._noisy("mul", args, product)
        return (*args[:place], product, *args[place + 1 :])

    def _noisy(self, name: str, args: tuple[Any, ...], out: torch.Tensor, i: int = 0) -> torch.Tensor:
        # Forward mode makes zeros that have no memory, which kernels below its own would read.
        if out.is_complex():
            return self._noisy_complex(name, args, out, i)
        if not out.is_floating_point() or out.numel() == 0 or _is_sparse(out) or out._is_zerotensor():
            return out
        if self.stack and not _marked(args, {}):
            self.shared = True
        noisy = self.perturb(out, self._size_of_sum(name, args, out, i) if name in SUMS else None)
        if name == "add" and _is_sparse(args[1]):
            return torch.where(out == args[0], out, noisy)  # what a sparse term does not reach is as it was
        limits = RANGE.get(name)
        return noisy if limits is None else noisy.clamp_(*limits)

    def _noisy_complex(self, name: str, args: tuple[Any, ...], out: torch.Tensor, i: int) -> torch.Tensor:
        """Return complex results with noise in both parts, of the size of what each part adds up."""
        if out.numel() == 0 or out._is_zerotensor():
            return out
        if self.stack and not _marked(args, {}):
            self.shared = True
        parts = torch.view_as_real(out.resolve_conj())
        if name == "sum":
            of_parts = ((args[0].real, out.real), (args[0].imag, out.imag))
            sizes = torch.stack([self._size_of_sum(name, (x, *args[1:]), y, i) for x, y in of_parts], -1)
            return torch.view_as_complex(self.perturb(parts, sizes))
        if name in SUMS:
            return self._perturb_parts(out, self._size_of_sum(name, args, out, i))
        if name in PRODUCTS and all(isinstance(x, torch.Tensor) and x.is_complex() for x in args[:2]):
            # Each part is a sum of two products, which may cancel.
            left, right = args[:2] if name == "mul" else (args[0], args[1].conj() / args[1].abs().square())
            sizes = _size_of_parts(left, right).mul_(self.amplitude)
            return torch.view_as_complex(self.perturb(parts, sizes.expand_as(parts)))
        return torch.view_as_complex(self.perturb(parts))

    def _perturb_parts(self, x: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
        parts = torch.view_as_real(x.resolve_conj())
        return torch.view_as_complex(self.perturb(parts, size[..., None].expand_as(parts)))


def _size_of_parts(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the size of what is added up in the real and in the imaginary part of a product of complex numbers."""
    a, b, c, d = left.real.abs(), left.imag.abs(), right.real.abs(), right.imag.abs()
    return torch.stack([a * c + b * d, a * d + b * c], -1)


@contextlib.contextmanager
def under(mode: Mode | None) -> Iterator[None]:
    """Run what follows under a mode, if one is given, with attention computed step by step and not in one kernel."""
    if mode is None:
        yield
        return
    # Step by step in the formats that it is called in: else torch computes the steps of low precision in float32.
    before = torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed()
    torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(True)
    try:
        with sdpa_kernel(SDPBackend.MATH), mode:
            yield
    finally:
        torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(before)
