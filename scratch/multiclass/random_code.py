"""Random code words for `scratch.multiclass.output_codes`.

Source: Allwein, Schapire and Singer, 2000, "Reducing Multiclass to Binary", JMLR 1, the dense codes.

Formula:

    bit = 1 if u >= 1/2 else -1;   of T codes that one whose two nearest words are farthest apart

The uniform numbers u are given. A code with equal words, or with a bit that is the same for all classes, does not
count; of equally good codes the first is taken.

Shapes: `uniform` (T, C, B) in [0, 1), T codes of C words of B bits, C at least 2; the output (C, B) holds -1 and 1.

Errors: ValueError for another shape, numbers outside [0, 1), more words than B bits allow, and where no code counts.

torch: has none; the twin is written code by code, with the distance of every two words.

Example:

>>> forward(np.array([[[0.1, 0.9], [0.2, 0.8]], [[0.1, 0.9], [0.7, 0.3]]])).tolist()
[[-1, 1], [1, -1]]
"""

import numpy as np


def forward(uniform):
    """Return the best of the codes that the uniform numbers draw."""
    if uniform.ndim != 3 or uniform.shape[1] < 2:
        raise ValueError(f"Expected uniform (T, C, B) with C at least 2; got shape {uniform.shape}.")
    if not np.all((uniform >= 0) & (uniform < 1)):
        raise ValueError("Expected uniform to be at least 0 and below 1; got another number.")
    _, words, bits = uniform.shape
    if words > 2**bits:
        raise ValueError(f"Expected uniform to draw bits for {words} words; got {bits}.")
    codes = np.where(uniform >= 1 / 2, 1, -1)
    first, second = np.triu_indices(words, 1)
    nearest = np.min(np.sum(codes[:, first] != codes[:, second], axis=2), axis=1, initial=bits)
    nearest[np.any(np.all(codes == codes[:, :1], axis=1), axis=1)] = 0
    if not np.any(nearest):
        raise ValueError("Expected uniform to draw a code whose words differ and whose bits divide; got none.")
    return codes[np.argmax(nearest)]
