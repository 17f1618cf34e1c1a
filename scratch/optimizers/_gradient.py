"""What every optimizer makes of the gradient first."""

from scratch.optimizers._require import require_same_shape


def descended(param, grad, weight_decay, maximize):
    """Return the gradient to descend along: against `grad` if `maximize`, with the coupled decay added."""
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    return g + weight_decay * param if weight_decay else g
