"""Torch's own functions on given numbers, in place of those that it draws."""

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten


class Given(TorchDispatchMode):
    """A dispatch mode that answers every draw with what is given; what is left tells whether all was drawn.

    Masks are boolean, uniform numbers from [0, 1), normal ones of mean 0 and variance 1, permutations whole.
    """

    def __init__(self, *draws):
        super().__init__()
        self.left = list(draws)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Answer a draw, and leave everything else to the modes around."""
        answer = ANSWERS.get(func)
        if answer is None:
            if torch.Tag.nondeterministic_seeded in func.tags:
                raise ValueError(f"Expected a draw that can be given; got {func}.")
            return func(*args, **(kwargs or {}))
        if func in CHECKED:  # torch's own refusals; what it draws here is overwritten
            func(*args, generator=torch.Generator(args[0].device))
        return answer(self._next, *args)

    def _next(self, shape, dtype=None):
        """Return the next of what is given, which must be of that shape, and boolean unless a type is named."""
        given = _whole(self.left.pop(0)) if self.left else None
        if given is None or given.shape != shape:
            raise ValueError(f"Expected a draw of shape {tuple(shape)}; got {None if given is None else given.shape}.")
        if dtype is None and given.dtype is not torch.bool:
            raise TypeError(f"Expected a mask to be boolean; got {given.dtype}.")
        return given


def _whole(given):
    """Return what is given for all runs of a stack, on which torch draws for all of them at once."""
    functorch = torch._C._functorch
    return functorch.get_unwrapped(given) if functorch.is_batchedtensor(given) else given


def _bernoulli(take, x, p=0.5):
    return x.copy_(take(x.shape))


def _bernoulli_out(take, x, p=0.5):
    return take(x.shape).to(x.dtype)


def _native_dropout(take, x, p, train):
    mask = take(x.shape)
    return x * mask * (1 / (1 - p)), mask


def _uniform(take, x, low=0.0, high=1.0):
    return x.copy_(take(x.shape, x.dtype) * (high - low) + low)


def _normal(take, x, mean=0.0, std=1.0):
    return x.copy_(take(x.shape, x.dtype) * std + mean)


def _permutation(take, n):
    given = take((n,), torch.int64)
    if not torch.equal(given.sort().values, torch.arange(n)):
        raise ValueError("Expected a permutation to be one; got another order.")
    return given


ANSWERS: dict[Any, Callable[..., Any]] = {
    aten.bernoulli.p: _bernoulli_out,
    aten.bernoulli_.float: _bernoulli,
    aten.native_dropout.default: _native_dropout,
    aten.normal_.default: _normal,
    aten.randperm.default: _permutation,
    aten.uniform_.default: _uniform,
}
CHECKED = (aten.normal_.default, aten.uniform_.default)


@contextlib.contextmanager
def given(*draws):
    """Run what follows on these draws, None for no draw; ValueError if torch wants others, more, or fewer."""
    mode = Given(*(d for d in draws if d is not None))
    with mode:
        yield
    if any(d.numel() for d in mode.left):
        raise ValueError(f"Expected torch to draw all that is given; it left {len(mode.left)}.")
