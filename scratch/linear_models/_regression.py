"""What the linear regressions share: what they refuse, condition numbers, substitution and the scaling of a cost."""

import numpy as np

REDUCTIONS = ("mean", "sum", "half_sum")


def require_data(X, y, dimensions=2):
    """Raise a ValueError unless `X` holds numbers, a row a sample, and `y` a number for each of them."""
    if X.ndim != dimensions or X.size == 0 or X.dtype.kind != "f":
        expected = "(N, d)" if dimensions == 2 else "(N,)"
        raise ValueError(f"Expected X to be floating, {expected} and not empty; got {X.dtype} of shape {X.shape}.")
    if y.shape != X.shape[:1] or y.dtype != X.dtype:
        raise ValueError(f"Expected y to be {X.dtype} of shape {X.shape[:1]}; got {y.dtype} of shape {y.shape}.")
    for name, values in (("X", X), ("y", y)):
        if not np.all(np.isfinite(values)):
            raise ValueError(f"Expected {name} to be finite; got {np.sum(~np.isfinite(values))} numbers that are not.")


def require_independent(X):
    """Return the condition number of `X`, or raise a ValueError that tells it where its columns are dependent.

    They are where a singular value is at most max(N, d) eps times the largest, the rule of `numpy.linalg.matrix_rank`.
    """
    s = np.linalg.svd(X, compute_uv=False)
    condition = s[0] / s[-1] if len(s) == X.shape[1] and s[-1] > 0 else np.inf
    rank = np.sum(s > negligible(X) * s[0])
    if rank < X.shape[1]:
        raise ValueError(
            f"Expected X to have independent columns; got {X.shape[1]} of rank {rank}, "
            f"condition number {condition:.3g}."
        )
    return condition


def negligible(X):
    """Return the share of the largest singular value up to which another one is rounding."""
    return max(X.shape) * float(np.finfo(X.dtype).eps)


def guaranteed_lr(X, factor):
    """Return 1 / L, where L = 2 factor |X|_2^2 is the largest eigenvalue of the Hessian of factor |X w - y|^2."""
    with np.errstate(over="ignore"):
        largest = 2 * factor * np.linalg.norm(X, 2) ** 2
    require_positive("the largest eigenvalue of X'X", largest)
    return 1 / largest


def require_positive(name, value):
    """Raise a ValueError unless a sum of squares, called `name`, is neither 0 nor infinite."""
    if not 0 < value < np.inf:
        raise ValueError(f"Expected {name} to be positive and finite in {value.dtype}; got {value:.3g}.")


def scaling(name, option, number):
    """Return what a sum over `number` terms is multiplied by, where `option`, called `name`, says how."""
    if option not in REDUCTIONS:
        raise ValueError(f"Expected {name} to be one of {', '.join(REDUCTIONS)}; got {option!r}.")
    return {"mean": 1 / number, "sum": 1.0, "half_sum": 0.5}[option]


def squared_error(weight, X, y, reduction):
    """Return factor |X w - y|^2 and its gradient, 2 factor X'(X w - y)."""
    factor = scaling("reduction", reduction, len(y))
    residual = X @ weight - y
    return factor * (residual @ residual), 2 * factor * (X.T @ residual)


def predict(weight, X):
    """Return X w."""
    if X.shape[1:] != weight.shape:
        raise ValueError(f"Expected X to be of shape (N, {len(weight)}); got {X.shape}.")
    return X @ weight


def solve_by_cholesky(X, y, shift, condition):
    """Return the solution of (X'X + shift) w = X'y by L L'; an error tells `condition` where the last digit is lost."""
    with np.errstate(over="ignore"):
        gram = X.T @ X + shift * np.eye(X.shape[1], dtype=X.dtype)
        require_positive("the trace of X'X", np.trace(gram))
    try:
        lower = np.linalg.cholesky(gram)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            f"Expected X'X to be positive definite in {gram.dtype}; got one that is not, of an X of condition number "
            f"{condition:.3g}."
        ) from error
    return solve_upper(lower.T, _solve_lower(lower, X.T @ y))


def solve_upper(upper, b):
    """Return the solution of U x = b, from the last equation to the first."""
    x = np.zeros_like(b)
    for i in reversed(range(len(b))):
        x[i] = (b[i] - upper[i, i + 1 :] @ x[i + 1 :]) / upper[i, i]
    return x


def _solve_lower(lower, b):
    x = np.zeros_like(b)
    for i in range(len(b)):
        x[i] = (b[i] - lower[i, :i] @ x[:i]) / lower[i, i]
    return x
