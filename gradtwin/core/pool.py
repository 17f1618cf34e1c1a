"""Random numbers for the noise of shadow runs, drawn in bulk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

__all__ = ["BLOCK", "Pool"]

BLOCK = 2**15
"""Numbers that are perturbed at once: 256 KB of float64, which stay in the cache."""
LARGEST, SMALLEST = 2**15, 2**8
"""Random numbers that are drawn at once, at most and at least: more of them no longer stay in the cache."""
REUSED = 2**17
"""Random numbers that the blocks of large arrays are taken from."""
MOST = 2**13
"""Random numbers that are cut into one form at once, at most: what is not used of them was drawn for nothing."""

Pair = tuple[torch.Tensor, torch.Tensor]


class Pool:
    """Numbers from [-1, 1), and the factors 1 + amplitude times each of them, by which noise multiplies.

    Parameters
    ----------
    amplitude : float
        Largest relative change.
    seed : int
        Seed of the numbers.
    """

    def __init__(self, amplitude: float, seed: int) -> None:
        self.amplitude = amplitude
        self.rng = np.random.Generator(np.random.SFC64(seed))
        self._drawn: Pair = (torch.empty(0, dtype=torch.float64),) * 2
        self._used = 0
        self._reused: tuple[Pair, Pair] | None = None
        self._ready: dict[torch.Size, list[Pair]] = {}
        self._copies: dict[torch.Size, int] = {}

    def _draw(self, size: int) -> Pair:
        # On a grid of 2^-15, which is fine enough, and fast; in a bytearray, since torch warns of read-only memory.
        integers = torch.frombuffer(bytearray(self.rng.bytes(2 * size)), dtype=torch.int16)
        numbers = integers.to(torch.float64).mul_(2.0**-15)
        return numbers, (numbers * self.amplitude).add_(1)

    def next_for(self, x: torch.Tensor) -> Pair:
        """Return fresh numbers and factors in the form of `x`; the caller may not write into them."""
        shape = x.shape
        ready = self._ready.get(shape)
        if not ready:
            ready = self._ready[shape] = self._cut(shape)
        pair = ready.pop()
        return pair if x.dtype is torch.float64 and x.is_cpu else _like(pair, x)

    def _cut(self, shape: torch.Size) -> list[Pair]:
        """Return pairs of a form: a few at first, then more, since to cut many takes hardly longer than to cut one."""
        count = shape.numel()
        self._copies[shape] = copies = min(2 * self._copies.get(shape, 1), max(MOST // count, 1))
        size = copies * count
        # Drawn in bulk as well, twice as many each time: a twin of few operations needs few numbers.
        if self._used + size > self._drawn[0].numel():
            bulk = max(size, min(2 * self._drawn[0].numel(), LARGEST), SMALLEST)
            self._drawn, self._used = self._draw(bulk), 0
        start, self._used = self._used, self._used + size
        parts = [part.narrow(0, start, size).view(copies, *shape).unbind() for part in self._drawn]
        return list(zip(*parts, strict=True))

    def blocks_of(self, x: torch.Tensor) -> Iterator[tuple[int, torch.Tensor, Pair]]:
        """Yield where each block of a large flat tensor begins, the block, and numbers and factors for it.

        The numbers of a block begin anywhere in one pool. Their sign is drawn too, or the sum of many blocks would add
        up the same numbers.
        """
        if self._reused is None:
            numbers, factors = self._draw(REUSED)
            self._reused = (numbers, factors), (-numbers, 2 - factors)
        starts = range(0, x.numel(), BLOCK)
        offsets = self.rng.integers(0, REUSED - BLOCK, len(starts)).tolist()
        signs = self.rng.integers(0, 2, len(starts)).tolist()
        for start, offset, sign in zip(starts, offsets, signs, strict=True):
            block = x.narrow(0, start, min(BLOCK, x.numel() - start))
            numbers, factors = (pool.narrow(0, offset, block.numel()) for pool in self._reused[sign])
            yield start, block, _like((numbers, factors), block)


def _like(pair: Pair, x: torch.Tensor) -> Pair:
    """Return numbers and factors in the type, and on the device, of `x`."""
    numbers, factors = (part.to(device=x.device, dtype=x.dtype) for part in pair)
    return numbers, factors
