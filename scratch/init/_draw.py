"""What is asked of a draw."""


def require_draw(draw, shape):
    """Raise a ValueError unless the draw has this shape."""
    if draw is None or draw.shape != shape:
        raise ValueError(f"Expected draw to be of shape {shape}; got {None if draw is None else draw.shape}.")
