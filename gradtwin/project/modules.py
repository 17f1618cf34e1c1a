"""The modules that rows name, as text, so that listing the rows imports neither side."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gradtwin.core.call import enter
from gradtwin.core.errors import UsageError

if TYPE_CHECKING:
    from gradtwin.project.kinds import Row

__all__ = ["Packages", "load", "obtain"]


@dataclass(frozen=True)
class Packages:
    """Where the two sides stand, as ``[tool.gradtwin]`` of a project says it.

    Parameters
    ----------
    suspects, twins : str, optional
        The packages of both sides.
    """

    suspects: str | None = None
    twins: str | None = None

    def complete(self, row: Row) -> Row:
        """Return the row with all of its modules named in full.

        A name that begins with a dot is that of a module in the package of its side. By default a suspect has the name
        of its row after a dot, and the twin of what stands in a package the same name.

        Raises
        ------
        UsageError
            If a name is that of a module in a package, and the project does not say in which.
        """
        names: dict[str, str] = {}
        for suspect, twin in row.sides:
            default = f".{row.name}" if suspect == "suspect" else ""
            ours = getattr(row, suspect) or default
            theirs = getattr(row, twin) or (ours if ours.startswith(".") else default)
            if bool(ours) != bool(theirs):
                raise UsageError(
                    f"Expected row {row.name!r} to have {suspect} and {twin}; got {ours!r} and {theirs!r}."
                )
            names[suspect] = self._full_name(row, suspect, ours, self.suspects)
            names[twin] = self._full_name(row, twin, theirs, self.twins)
        return replace(row, **names)

    def _full_name(self, row: Row, role: str, name: str, package: str | None) -> str:
        if not name.startswith("."):
            return name
        if package is None:
            raise UsageError(
                f"Expected row {row.name!r} to name the module of its {role}, or [tool.gradtwin] to hold "
                f'suspects = "package" and twins = "package"; got neither.'
            )
        return f"{package}{name}"


def load(reference: str, attribute: str | None, row: str, role: str) -> Any:
    """Import a module that a row names and return one of its attributes (the module itself for None).

    Raises
    ------
    UsageError
        If the module cannot be imported or lacks the attribute.
    """
    try:
        module = importlib.import_module(reference)
    except Exception as error:  # a user's module may raise anything while it is imported
        raise UsageError(
            f"Expected the {role} of row {row!r} to be a module that imports; "
            f"got {reference!r}, which raises {type(error).__name__}: {error}"
        ) from error
    try:
        return module if attribute is None else getattr(module, attribute)
    except AttributeError as error:
        names = ", ".join(n for n in vars(module) if not n.startswith("_")) or "nothing public"
        raise UsageError(
            f"Expected the {role} of row {row!r}, module {reference!r}, to have {attribute!r}; it has {names}."
        ) from error


def obtain(function: Callable[[Any], Any], argument: Any, row: str, role: str) -> Any:
    """Return what a function of the project makes for a row: its inputs, its setup.

    Raises
    ------
    UsageError
        If it raises, as it does where a package is missing that only this row needs.
    """
    try:
        return enter(function, argument)
    except UsageError:
        raise
    except ImportError as error:
        package = str(error.name).partition(".")[0]
        raise UsageError(
            f"Expected the package {package!r} to be installed for the {role} of row {row!r}; "
            f"got {type(error).__name__}: {error}"
        ) from error
    except Exception as error:  # a user's function may raise anything
        raise UsageError(
            f"Expected the {role} of row {row!r} to be a function that returns; got {type(error).__name__}: {error}"
        ) from error
