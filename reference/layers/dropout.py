"""Twin of `scratch.layers.dropout`."""

import torch.nn.functional as F

from reference._given import given


def forward(input, p=0.5, training=True, mask=None):
    """Return `torch.nn.functional.dropout`, which is given the mask that it would draw."""
    with given(mask if training and 0 < p < 1 else None):
        return F.dropout(input, p, training)
