"""Changes of a formula that compute the same, each with its reason; nothing else may survive `mutate`."""

EQUIVALENT = {
    "activations.gelu: x = np.clip(x, -30, 30)  ->  x = np.clip(x, -31, 30)": "the share is 0 at both",
    "activations.gelu: x = np.clip(x, -30, 30)  ->  x = np.clip(x, -30, 31)": "the share is 1 at both",
    "losses.ctc_loss: b = np.full_like(emitted, -np.inf)  ->  b = np.full_like(emitted, np.inf)": (
        "every b up to the end of a sample is set, and those behind it are not used"
    ),
    "losses.nll_loss: each = np.where(target != ignore_index, share(grad, losses, reduction, np.sum(weights)), 0)  ->  "
    "each = np.where(target != ignore_index, share(grad, losses, reduction, np.sum(weights)), 1)": (
        "any finite number will do: it is multiplied by the weight of the sample, which is 0"
    ),
}
