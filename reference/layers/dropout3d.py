"""Twin of `scratch.layers.dropout3d`."""

import warnings

import torch.nn.functional as F

from reference._given import given


def forward(input, p=0.5, training=True, mask=None):
    """Return `torch.nn.functional.dropout3d`, which is given the mask that it would draw."""
    with given(mask if training and 0 < p < 1 else None), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # on other numbers of dimensions
        return F.dropout3d(input, p, training)
