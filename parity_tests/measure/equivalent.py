"""Changes of a formula that compute the same, each with its reason; nothing else may survive `mutate`."""

UNUSED = "what it changes is not used: a selection replaces it"
EDGE = "the two sides of the comparison agree at its edge"
ROUNDING = "the change is far below rounding"
SHAPE = "only the shape of the argument counts"
SIGNS = "labels are -1 and 1, which are their own inverses"
IGNORED = "any finite number will do: it is multiplied by the weight of the sample, which is 0"

EQUIVALENT = {
    ("activations.elu", "np.minimum(input, 0)", "np.minimum(input, 1)"): UNUSED,
    ("activations.gelu", "np.clip(x, -30, 30)", "np.clip(x, -31, 30)"): ROUNDING,
    ("activations.gelu", "np.clip(x, -30, 30)", "np.clip(x, -30, 31)"): ROUNDING,
    ("activations.hardtanh", "input < min_val", "input <= min_val"): EDGE,
    ("activations.hardtanh", "input > max_val", "input >= max_val"): EDGE,
    ("activations.multihead_attention", "[None] * 3", "[None] * 4"): UNUSED,
    ("activations.prelu", "np.where(input > 0, 0, input)", "np.where(input >= 0, 0, input)"): EDGE,
    ("activations.step", "input > 0", "input >= 0"): UNUSED,
    ("activations.tanhshrink", "np.clip(input, -1, 1)", "np.clip(input, -2, 1)"): UNUSED,
    ("activations.tanhshrink", "np.clip(input, -1, 1)", "np.clip(input, -1, 2)"): UNUSED,
    ("activations.tanhshrink", "c = 0", "c = 1"): ROUNDING,
    ("activations.tanhshrink", "np.abs(input) < 1", "np.abs(input) <= 1"): EDGE,
    ("losses.ctc_loss", "np.full_like(emitted, -np.inf)", "np.full_like(emitted, np.inf)"): UNUSED,
    ("losses.nll_loss", "np.sum(weights)), 0)", "np.sum(weights)), 1)"): IGNORED,
    ("losses.poisson_nll_loss", "np.where(y <= 1, 1, y)", "np.where(y < 1, 1, y)"): EDGE,
    ("losses.poisson_nll_loss", "np.where(y <= 1, 1, y)", "np.where(y <= 1, 2, y)"): UNUSED,
    ("losses.poisson_nll_loss", "share(grad, rate - y * log_rate", "share(grad, rate + y * log_rate"): SHAPE,
    ("losses.poisson_nll_loss", "share(grad, rate - y * log_rate", "share(grad, rate - y / log_rate"): SHAPE,
    ("losses.soft_margin_loss", "reduction) * -y", "reduction) / -y"): SIGNS,
}
