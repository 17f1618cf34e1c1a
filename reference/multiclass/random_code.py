"""Twin of `scratch.multiclass.random_code`."""

import itertools

import torch


def forward(uniform):
    """Return the first of the best codes among those that are drawn."""
    if uniform.dim() != 3 or uniform.shape[1] < 2 or not ((uniform >= 0) & (uniform < 1)).all():
        raise ValueError("Expected uniform (T, C, B) in [0, 1), with C at least 2.")
    codes = torch.where(uniform < 1 / 2, -1, 1)
    distances = [_nearest(code) for code in codes]
    if max(distances) == 0:
        raise ValueError("Expected a code whose words differ and whose bits divide.")
    return codes[distances.index(max(distances))]


def _nearest(code):
    """Return the distance between the two nearest words, 0 for a code that does not count."""
    if (code == code[0]).all(0).any():
        return 0
    return min(int((a != b).sum()) for a, b in itertools.combinations(code, 2))
