"""What most activations take."""


def real(draw):
    """Return one input of real numbers."""
    return (draw(draw.batch(5, 7)),)
