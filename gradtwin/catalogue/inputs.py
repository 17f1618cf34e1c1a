"""Legal inputs of torch's functions: by the function, else sets of inputs of which the function may take one.

Source: the documentation of `torch` and `torch.nn.functional`, version 2.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradtwin.catalogue.kinds import (
    Kind,
    binary,
    classes,
    counts,
    definite,
    log_shares,
    positive,
    probabilities,
    real,
    shares,
    signs,
)

__all__ = ["ANY", "FUNCTIONS", "SETTINGS"]

TABLE = real(4, 3)
ANY: tuple[Kind, ...] = (
    TABLE,
    positive(4, 3),
    probabilities(4, 3),
    real(4),
    real(3, 3),
    definite(3),
    real(2, 4, 6),
    real(2, 4, 6, 6),
    real(2, 4, 4, 4, 4),
    classes(4, 3, of=3),
)
"""What every input of a function may be of which nothing else is known, the first that it takes."""

FUNCTIONS: Mapping[str, tuple[Kind, ...]] = {
    # losses
    "nll_loss": (log_shares(4, 3), classes(4, of=3)),
    "cross_entropy": (TABLE, classes(4, of=3)),
    "binary_cross_entropy": (probabilities(4, 3), probabilities(4, 3)),
    "binary_cross_entropy_with_logits": (TABLE, probabilities(4, 3)),
    "kl_div": (log_shares(4, 3), shares(4, 3)),
    "poisson_nll_loss": (TABLE, counts(4, 3)),
    "gaussian_nll_loss": (TABLE, TABLE, positive(4, 3)),
    "soft_margin_loss": (TABLE, signs(4, 3)),
    "hinge_embedding_loss": (TABLE, signs(4, 3)),
    "margin_ranking_loss": (real(4), real(4), signs(4)),
    "cosine_embedding_loss": (TABLE, TABLE, signs(4)),
    "multi_margin_loss": (TABLE, classes(4, of=3)),
    "multilabel_margin_loss": (TABLE, classes(4, 3, of=3)),
    "multilabel_soft_margin_loss": (TABLE, binary(4, 3)),
    # layers
    "linear": (TABLE, real(2, 3), real(2)),
    "bilinear": (TABLE, real(4, 5), real(2, 3, 5), real(2)),
    "embedding": (classes(5, of=4), real(4, 3)),
    "conv1d": (real(2, 3, 8), real(4, 3, 3), real(4)),
    "conv2d": (real(2, 3, 5, 6), real(4, 3, 2, 3), real(4)),
    "conv3d": (real(1, 2, 4, 5, 4), real(3, 2, 2, 3, 2), real(3)),
    "conv_transpose1d": (real(2, 3, 5), real(3, 4, 3), real(4)),
    "conv_transpose2d": (real(2, 3, 4, 5), real(3, 4, 2, 3), real(4)),
    "conv_transpose3d": (real(1, 2, 3, 4, 3), real(2, 3, 2, 3, 2), real(3)),
    "prelu": (TABLE, real(3)),
    "batch_norm": (real(4, 3), real(3), positive(3), real(3), real(3)),
    "layer_norm": (TABLE,),
    "rms_norm": (TABLE,),
    "scaled_dot_product_attention": (real(2, 4, 3), real(2, 5, 3), real(2, 5, 3)),
    # products
    "matmul": (TABLE, real(3, 2)),
    "mm": (TABLE, real(3, 2)),
    "mv": (TABLE, real(3)),
    "dot": (real(4), real(4)),
    "vdot": (real(4), real(4)),
    "outer": (real(4), real(3)),
    "ger": (real(4), real(3)),
    "bmm": (real(2, 4, 3), real(2, 3, 5)),
    "addmm": (real(4, 2), TABLE, real(3, 2)),
    "addmv": (real(4), TABLE, real(3)),
    "addr": (TABLE, real(4), real(3)),
    "baddbmm": (real(2, 4, 5), real(2, 4, 3), real(2, 3, 5)),
    "kron": (real(2, 3), real(3, 2)),
}
"""By the name of a function, the inputs that it takes, in its order."""

SETTINGS: Mapping[str, Any] = {
    "kernel_size": 2,
    "output_size": 3,
    "normalized_shape": (3,),
    "num_groups": 2,
    "groups": 2,
    "norm_type": 2.0,
    "size": 3,
    "pad": (1, 2),
    "upscale_factor": 2,
    "downscale_factor": 2,
    "dim": 0,
    "dims": (0,),
    "shifts": 1,
    "repeats": 2,
    "sections": 2,
    "chunks": 2,
    "k": 2,
    "p": 2.0,
    "maxnorm": 1.0,
    "threshold": 0.1,
    "value": 20.0,
    "exponent": 2.0,
    "diagonal": 1,
    "dim0": 0,
    "dim1": 1,
    "descending": True,
}
"""By name, values of what functions must be given besides their inputs."""
