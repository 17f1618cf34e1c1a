"""What the rows of the layers share."""

from gradtwin.rows import Op


def row(name, **facts):
    """Return the row of a layer."""
    return Op(f"layers.{name}", f"scratch.layers.{name}", f"reference.layers.{name}", **facts)
