"""Under which conditions a check runs: precisions, device, seed; and how its report is called and repeated."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from gradtwin.core.errors import DeviceMissingError, UsageError, one_of

__all__ = ["TRIED", "Allowance", "Conditions", "check_device", "seed_from"]

TRIED = ("float64", "float32")
"""The precisions that are tried where nobody asks for any."""


@dataclass(frozen=True)
class Conditions:
    """Under which conditions a check runs, and how its report is called and repeated.

    Parameters
    ----------
    dtypes : tuple of str
        The precisions to judge at.
    device : str
        Where the twin runs at those precisions.
    seed : int
        The user's seed.
    name, command : str
        How the report calls the check, and the command that repeats it.
    asked : bool
        Whether the user asked for the precisions, by name or by the arrays that came in; else the oracle tries them of
        its own accord, and a wider result there is a note.
    """

    dtypes: tuple[str, ...] = TRIED
    device: str = "cpu"
    seed: int = 0
    name: str = ""
    command: str = ""
    asked: bool = True

    def keywords(self) -> dict[str, Any]:
        """Return the conditions as the keyword arguments of `gradtwin.check`."""
        return {name: value for name, value in vars(self).items() if name != "asked"}

    def by_precision(self) -> Iterator[Conditions]:
        """Yield the same conditions for each precision alone."""
        return (replace(self, dtypes=(dtype,)) for dtype in self.dtypes)


def _default(name: str) -> float:
    from gradtwin.core import bound  # which imports NumPy, for which the command line must not wait

    return float(getattr(bound, name))


@dataclass(frozen=True)
class Allowance:
    """What code in a process of its own may take.

    Parameters
    ----------
    seconds : float
        How long a call may take.
    bytes : float
        How much memory it may ask for.
    """

    seconds: float = field(default_factory=lambda: _default("CALL_SECONDS"))
    bytes: float = field(default_factory=lambda: _default("CALL_BYTES"))


def seed_from(name: str, seed: int = 0) -> int:
    """Return a seed that depends on the name of a case and on the user's seed."""
    return zlib.crc32(f"{name}/{seed}".encode())


def check_device(device: str) -> str:
    """Return the device name, or raise where PyTorch does not know it or this machine does not have it."""
    if not isinstance(device, str):
        raise UsageError(f"Expected device to be cpu, cuda or cuda:N; got {device!r}.")
    kind, colon, number = device.partition(":")
    if colon and not (kind == "cuda" and number.isdigit()):
        raise UsageError(f"Expected device to be cpu, cuda or cuda:N; got {device!r}.")
    one_of("device", kind, ("cpu", "cuda"))
    if kind == "cpu":
        return device
    import torch  # what asks for the CPU alone must not wait for it

    if int(number or 0) >= (torch.cuda.device_count() if torch.cuda.is_available() else 0):
        raise DeviceMissingError(f"Expected the device to be present on this machine; got {device!r}, which is not.")
    return device
