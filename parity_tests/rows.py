"""Every declared pair as the commands see it: the tests take the rows from here, with all modules named in full."""

from pathlib import Path

from gradtwin.project.pairs import load_rows

__all__ = ["PAIRS"]

PAIRS = load_rows(Path(__file__).parents[1])
