"""The packages in which the modules of rows stand, named after the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gradtwin.core.errors import UsageError
from gradtwin.project.trials import Row

__all__ = ["Packages"]


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
