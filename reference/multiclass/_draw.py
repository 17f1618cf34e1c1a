"""What a draw by a given uniform number refuses."""


def require_uniform(scores, uniform):
    """Raise a ValueError unless `scores` are finite (N, C) and `uniform` holds N numbers from [0, 1)."""
    if scores.dim() != 2 or uniform.shape != scores.shape[:1] or not scores.isfinite().all():
        raise ValueError("Expected finite scores (N, C) and uniform (N,).")
    if not ((uniform >= 0) & (uniform < 1)).all():
        raise ValueError("Expected uniform to be at least 0 and below 1.")
