"""How log-densities are reduced."""

from typing import Any

import torch

REDUCED: dict[str, Any] = {"none": lambda x: x, "mean": torch.mean, "sum": torch.sum}
