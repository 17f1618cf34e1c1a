"""Changes of a formula that compute the same, each with its reason; nothing else may survive `mutate`."""

UNUSED = "what it changes is not used: a selection replaces it"
EDGE = "the two sides of the comparison agree at its edge"
ROUNDING = "the change is far below rounding"
SHAPE = "only the shape of the argument counts"
LATER = "the case that it adds is decided before"
SAME_RANGE = "the range holds the same numbers"
SCALE = "any scale will do where nothing overflows"
REFUSED = "the option belongs to one that is refused"
NO_OUTPUT = "torch fails in the backward of an output without elements, so no case asks for one"
NUMPY = "NumPy refuses the axis as well"
CONSTANT = "a softmax does not see a constant"
SIGNS = "labels are -1 and 1, which are their own inverses"
NO_PART = "the option has no part in the gradient"
BEYOND = "what lies beyond the end of a share is taken out, however much of it there is"
OUTSIDE = "every negative position lies outside"
NO_DRAW = "a draw that is missing is refused, however many rounds are asked for"
DECIDED = "at its edge rounding decides, in torch as well"
IGNORED = "any finite number will do: it is multiplied by the weight of the sample, which is 0"

DEFAULT = "a test compares it with the twin's default; a run of so many steps would take long"
ANYWAY = "NumPy refuses it as well"
MESSAGE = "it changes the text of an error only"

GIVEN = "backward(grad, input, running_mean, running_var, weight=None, bias=None, "
BATCH = f"{GIVEN}training=False, momentum="
INSTANCE = f"{GIVEN.replace('_mean', '_mean=None').replace('_var', '_var=None')}use_input_stats=True, momentum="
CONVNET = "backward(grad, input, *parameters, running=None, training=True, momentum="

EQUIVALENT = {
    ("activations.elu", "np.minimum(input, 0)", "np.minimum(input, 1)"): UNUSED,
    ("activations.gelu", "np.clip(x, -30, 30)", "np.clip(x, -31, 30)"): ROUNDING,
    ("activations.gelu", "np.clip(x, -30, 30)", "np.clip(x, -30, 31)"): ROUNDING,
    ("activations.hardtanh", "input < min_val", "input <= min_val"): EDGE,
    ("activations.hardtanh", "input > max_val", "input >= max_val"): EDGE,
    ("activations.multihead_attention", "[None] * 3", "[None] * 4"): UNUSED,
    ("activations.prelu", "np.where(input > 0, 0, input)", "np.where(input >= 0, 0, input)"): EDGE,
    ("activations.step", "input > 0", "input >= 0"): UNUSED,
    ("activations.softmax", "max(ndim, 1)", "max(ndim, 2)"): NUMPY,
    ("activations.tanhshrink", "np.clip(input, -1, 1)", "np.clip(input, -2, 1)"): UNUSED,
    ("activations.tanhshrink", "np.clip(input, -1, 1)", "np.clip(input, -1, 2)"): UNUSED,
    ("activations.tanhshrink", "c = 0", "c = 1"): ROUNDING,
    ("activations.tanhshrink", "np.abs(input) < 1", "np.abs(input) <= 1"): EDGE,
    ("activations.scaled_dot_product_attention", "largest == -math.inf, 0, l", "largest == -math.inf, 1, l"): UNUSED,
    ("activations.scaled_dot_product_attention", "e / np.where(total == 0, 1", "e / np.where(total == 0, 2"): UNUSED,
    ("activations.scaled_dot_product_attention", "-math.inf, 0.0)", "-math.inf, 0.001)"): CONSTANT,
    ("activations.tanhshrink", "range(17, 1, -2)", "range(17, 2, -2)"): SAME_RANGE,
    ("init.trunc_normal", "rounds = 0", "rounds = 1"): NO_DRAW,
    ("layers.embedding", "norm_type=2.0", "norm_type=2.002"): REFUSED,
    ("layers.batch_norm", f"{BATCH}0.1,", f"{BATCH}0.1001,"): NO_PART,
    ("layers.instance_norm", f"{INSTANCE}0.1,", f"{INSTANCE}0.1001,"): NO_PART,
    ("layers.avg_pool2d", "max(stop - start", "max(stop + start"): BEYOND,
    ("layers.avg_pool2d", "positions, -1)", "positions, -2)"): OUTSIDE,
    ("layers.avg_pool2d", "sizes, space, 0)", "sizes, space, 1)"): NO_OUTPUT,
    ("models.convnet", f"{CONVNET}0.1)", f"{CONVNET}0.1001)"): NO_PART,
    ("linear_models.gradient_descent", "batches.size > 0", "batches.size >= 0"): ANYWAY,
    ("linear_models.lasso", "largest <= p", "largest < p"): EDGE,
    ("linear_models.lasso", "steps=100", "steps=101"): DEFAULT,
    ("linear_models.logistic_regression", "steps=100", "steps=101"): DEFAULT,
    ("linear_models.logistic_regression", "if y.ndim != 1 else", "if y.ndim == 1 else"): MESSAGE,
    ("linear_models.logistic_regression", "if y.ndim != 1 else", "if y.ndim != 2 else"): MESSAGE,
    ("linear_models.multilabel_logistic_regression", "steps=100", "steps=101"): DEFAULT,
    ("linear_models.newton_logistic_regression", "steps=10)", "steps=11)"): DEFAULT,
    ("linear_models.newton_logistic_regression", "[0] <= value", "[0] < value"): DECIDED,
    ("linear_models.newton_logistic_regression", "t >= np.finfo", "t > np.finfo"): ROUNDING,
    ("linear_models.ridge", "s[-1] > 0 else", "s[-1] >= 0 else"): MESSAGE,
    ("linear_models.softmax_regression", "steps=100", "steps=101"): DEFAULT,
    ("losses.cross_entropy", "np.where(counts, target, 0)", "np.where(counts, target, 1)"): IGNORED,
    ("losses.multi_margin_loss", "np.where((z > 0)", "np.where((z >= 0)"): EDGE,
    ("losses.multilabel_margin_loss", "others & (z > 0)", "others & (z >= 0)"): EDGE,
    ("losses.triplet_margin_loss", "if p < 0 else", "if p <= 0 else"): LATER,
    ("losses.triplet_margin_loss", "if p < 0 else", "if p < 1 else"): SCALE,
    ("losses.triplet_margin_loss", "edge, 1)", "edge, 2)"): SCALE,
    ("losses.triplet_margin_loss", "np.isfinite(n), 1,", "np.isfinite(n), 2,"): UNUSED,
    ("losses.triplet_margin_loss", "np.where(n == 0, 1, n)", "np.where(n == 1, 1, n)"): UNUSED,
    ("losses.triplet_margin_loss", "np.where(n == 0, 1, n)", "np.where(n == 0, 2, n)"): UNUSED,
    ("losses.triplet_margin_with_distance_loss", "far < swapped", "far <= swapped"): LATER,
    ("losses.ctc_loss", "np.full_like(emitted, -np.inf)", "np.full_like(emitted, np.inf)"): UNUSED,
    ("losses.nll_loss", "ignore_index, g, 0)", "ignore_index, g, 1)"): IGNORED,
    ("losses.poisson_nll_loss", "np.where(y <= 1, 1, y)", "np.where(y < 1, 1, y)"): EDGE,
    ("losses.poisson_nll_loss", "np.where(y <= 1, 1, y)", "np.where(y <= 1, 2, y)"): UNUSED,
    ("losses.poisson_nll_loss", "per_sample(grad, rate - y * log_rate", "per_sample(grad, rate + y * log_rate"): SHAPE,
    ("losses.poisson_nll_loss", "per_sample(grad, rate - y * log_rate", "per_sample(grad, rate - y / log_rate"): SHAPE,
    ("losses.soft_margin_loss", "reduction) * -y", "reduction) / -y"): SIGNS,
}
