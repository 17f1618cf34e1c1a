"""Random numbers for the noise of shadow runs, drawn in bulk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

__all__ = ["BLOCK", "Pool"]

BLOCK = 2**15
"""Numbers that are perturbed at once: 256 KB of float64, which stay in the cache."""
LARGEST, SMALLEST = 2**17, 2**8
"""Random numbers that are drawn at once, at most and at least."""

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
        self._numbers = self._factors = torch.empty(0, dtype=torch.float64)
        self._used = 0

    def _draw(self, size: int) -> None:
        # On a grid of 2^-15, which is fine enough, and fast.
        drawn = torch.frombuffer(bytearray(self.rng.bytes(2 * size)), dtype=torch.int16)
        self._numbers, self._used = drawn.to(torch.float64).mul_(2.0**-15), 0
        self._factors = (self._numbers * self.amplitude).add_(1)

    def next_for(self, x: torch.Tensor) -> Pair:
        """Return fresh numbers and factors in the form of `x`; the caller may not write into them."""
        # Drawn in bulk, since a draw of ten numbers costs as much as one of a thousand; the first ones are few.
        count = x.numel()
        if self._used + count > self._numbers.numel():
            self._draw(max(count, min(2 * self._numbers.numel(), LARGEST), SMALLEST))
        self._used += count
        start = self._used - count
        return _like(self._numbers, start, x), _like(self._factors, start, x)

    def blocks_of(self, x: torch.Tensor) -> Iterator[tuple[int, torch.Tensor, Pair]]:
        """Yield where each block of a large flat tensor begins, the block, and numbers and factors for it.

        The numbers of a block begin anywhere in one pool. Their sign is drawn too, or the sum of many blocks would add
        up the same numbers.
        """
        if self._numbers.numel() < LARGEST:
            self._draw(LARGEST)
        pools = ((self._numbers, self._factors), (-self._numbers, 2 - self._factors))
        starts = range(0, x.numel(), BLOCK)
        offsets = self.rng.integers(0, LARGEST - BLOCK, len(starts)).tolist()
        signs = self.rng.integers(0, 2, len(starts)).tolist()
        for start, offset, sign in zip(starts, offsets, signs, strict=True):
            block = x.narrow(0, start, min(BLOCK, x.numel() - start))
            numbers, factors = pools[sign]
            yield start, block, (_like(numbers, offset, block), _like(factors, offset, block))


def _like(pool: torch.Tensor, start: int, x: torch.Tensor) -> torch.Tensor:
    """Return numbers of a pool in the form of `x`."""
    part = pool.narrow(0, start, x.numel())
    part = part if x.dim() == 1 else part.view(x.shape)
    return part if x.dtype is torch.float64 and x.device.type == "cpu" else part.to(device=x.device, dtype=x.dtype)
