"""Twin of `scratch.layers.alpha_dropout`."""

import torch.nn.functional as F

from reference._given import given


def forward(input, p=0.5, training=False, mask=None):
    """Return `torch.nn.functional.alpha_dropout`, which is given the mask that it would draw."""
    with given(mask if training and 0 < p < 1 else None):
        return F.alpha_dropout(input, p, training)
