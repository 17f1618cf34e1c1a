"""What every optimizer refuses."""


def require_at_least(least, **options):
    """Raise a ValueError that names the first option below `least` (NaN included)."""
    for name, value in options.items():
        if not value >= least:
            raise ValueError(f"Expected {name} to be at least {least}; got {value!r}.")


def require_betas(betas):
    """Raise a ValueError unless every beta is in [0, 1)."""
    for i, beta in enumerate(betas):
        if not 0 <= beta < 1:
            raise ValueError(f"Expected betas[{i}] to be at least 0 and below 1; got {beta!r}.")


def require_same_shape(param, grad):
    """Raise a ValueError unless the gradient has the shape and the type of its parameter."""
    if grad.shape != param.shape or grad.dtype != param.dtype:
        expected, got = (f"{x.dtype} of shape {x.shape}" for x in (param, grad))
        raise ValueError(f"Expected grad to be like param, {expected}; got {got}.")


def require_between(least, most, **options):
    """Raise a ValueError that names the first option outside [least, most] (NaN included)."""
    for name, value in options.items():
        if not least <= value <= most:
            raise ValueError(f"Expected {name} to be between {least} and {most}; got {value!r}.")


def require_state(state, kind):
    """Raise a TypeError unless the state is of this optimizer's own kind."""
    if not isinstance(state, kind):
        expected, got = (f"{k.__module__.rpartition('.')[2]}.{k.__qualname__}" for k in (kind, type(state)))
        raise TypeError(f"Expected state to be {expected}; got {got}.")
