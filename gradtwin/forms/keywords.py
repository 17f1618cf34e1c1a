"""Inputs that are passed by their names."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from gradtwin.core.call import Code, enter

__all__ = ["by_keyword"]


def by_keyword(function: Code, names: Sequence[str]) -> Code:
    """Return `function` with its last positional arguments passed by these names."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        first = len(arguments) - len(names)
        return enter(function, *arguments[:first], **dict(zip(names, arguments[first:], strict=True)), **options)

    return call
