"""What the rows of the activations share."""

from gradtwin.rows import Op


def real(draw):
    """Return one input of real numbers."""
    return (draw(draw.batch(5, 7)),)


def row(name, cases, inputs=real, **facts):
    """Return the row of an activation; its input is one of real numbers if not given."""
    suspect, twin = f"scratch.activations.{name}", f"reference.activations.{name}"
    return Op(f"activations.{name}", suspect, twin, inputs=inputs, cases=cases, **facts)
