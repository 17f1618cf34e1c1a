"""Under which conditions a check runs: precisions, device, seed; and how its report is called and repeated."""

from __future__ import annotations

import zlib

from gradtwin.core.errors import DeviceMissingError, UsageError, one_of

__all__ = ["check_device", "seed_from"]


def seed_from(name: str, seed: int = 0) -> int:
    """Return a seed that depends on the name of a case and on the user's seed."""
    return zlib.crc32(f"{name}/{seed}".encode())


def check_device(device: str) -> str:
    """Return the device name, or raise where PyTorch does not know it or this machine does not have it."""
    import torch  # what is only listed or parsed must not wait for it

    kind, colon, number = device.partition(":")
    if colon and not (kind == "cuda" and number.isdigit()):
        raise UsageError(f"Expected device to be cpu, cuda or cuda:N; got {device!r}.")
    one_of("device", kind, ("cpu", "cuda"))
    if kind == "cuda" and int(number or 0) >= (torch.cuda.device_count() if torch.cuda.is_available() else 0):
        raise DeviceMissingError(f"Expected the device to be present on this machine; got {device!r}, which is not.")
    return device
