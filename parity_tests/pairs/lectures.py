"""Which rows hold what the five lectures define, by the id of each definition; a name may be that of a family."""

LECTURES = {
    "L01": ("features.bias_column", "layers.linear"),
    "L02": ("linear_models.least_squares_1d",),
    "L03": ("linear_models.least_squares_2d",),
    "L04": ("linear_models.normal_equations", "linear_models.least_squares_qr", "linear_models.least_squares_svd"),
    "L05": ("linear_models.gradient_descent",),
    "L06": ("losses.mse_loss", "losses.squared_error"),
    "L07": ("losses.l1_loss",),
    "L08": ("linear_models.ridge", "linear_models.lasso"),
    "L09": ("losses.l2_penalty",),
    "L10": ("linear_models.perceptron",),
    "L11": (
        "linear_models.logistic_regression",
        "linear_models.newton_logistic_regression",
        "losses.binary_cross_entropy_with_logits",
        "losses.soft_margin_loss",
    ),
    "L12": (
        "losses.binary_cross_entropy",
        "losses.binary_cross_entropy_with_logits",
        "linear_models.logistic_regression",
    ),
    "L13": ("losses.sigmoid_squared_error",),
    "L14": (
        "activations.softmax",
        "activations.softmax_jacobian",
        "activations.log_softmax",
        "activations.logsumexp",
    ),
    "L15": ("losses.cross_entropy",),
    "L16": ("linear_models.softmax_regression", "losses.multiclass_logistic_loss"),
    "L17": ("linear_models.softmax_regression",),
    "L18": ("multiclass.argmax",),
    "L19": ("multiclass.argmax", "multiclass.sample"),
    "L20": ("losses.multiclass_logistic_loss",),
    "L21": ("multiclass.one_versus_all", "multiclass.vote_any"),
    "L22": ("multiclass.one_versus_one",),
    "L23": ("multiclass.output_codes", "multiclass.random_code"),
    "L24": ("multiclass.tree_reduction",),
    "L25": ("linear_models.multilabel_logistic_regression",),
    "L26": ("likelihoods",),
    "L27": ("activations",),
    "L28": ("features.polynomial", "features.quadratic", "features.squares"),
    "L29": ("models.mlp",),
    "L30": ("graph.engine",),
    "L31": ("models.backpropagation", "models.mlp"),
    "L32": ("models.backpropagation",),
    "L33": ("gradient_checking",),
    "L34": ("linear_models.gradient_descent",),
    "L35": ("optimizers.sgd",),
    "L36": (
        "optimizers.adadelta",
        "optimizers.adagrad",
        "optimizers.adam",
        "optimizers.adamax",
        "optimizers.adamw",
        "optimizers.nadam",
        "optimizers.radam",
        "optimizers.rmsprop",
    ),
    "L37": ("schedulers",),
    "L38": ("layers.batch_norm",),
    "L39": ("layers.dropout", "layers.dropout1d", "layers.dropout2d", "layers.dropout3d"),
    "L40": ("training.early_stopping",),
    "L41": ("augmentation",),
    "L42": ("approximation",),
    "L43": ("init",),
}


def tags(row):
    """Return the ids of what a row holds: definitions, and formulas that are printed wrong."""
    names = {row.name, row.name.split(".")[0]}
    defined = [lecture for lecture, held in LECTURES.items() if not names.isdisjoint(held)]
    return (*defined, *(misprint.name for misprint in getattr(row, "misprints", ())))
