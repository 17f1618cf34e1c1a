"""Rotation of an image by any angle, interpolated between pixels.

Source: Simard, Steinkraus and Platt, 2003.

Formula: y_rc is a weighted mean of the four pixels around the place (p, q) that comes to (r, c), each counted from the
center of the image. Pixels outside of the image count as 0.

    q = c cos(angle) - r sin(angle),    p = c sin(angle) + r cos(angle)
    y_rc = sum_ij w_ij x_ij,    w_ij = max(0, 1 - |p - i|) max(0, 1 - |q - j|)

Gradient: x_ij acts on every y_rc whose place is near, with the weight w_ij of that place. So the transpose hands
g_rc w_ij back to each of the four, and dL/dx_ij = sum_rc w_ij g_rc with g = dL/dy. The angle has none.

Shapes: `input`, `grad` and the results all have one shape (..., H, W); `angle` is a number, in radians,
counterclockwise.

Errors: ValueError for an input of less than two dimensions.

torch: its `affine_grid` and `grid_sample`, in bilinear mode with zeros around and `align_corners=False`, agree.

Example:

>>> forward(np.array([[1.0, 2.0], [3.0, 4.0]]), angle=np.pi / 2).round(4).tolist()
[[2.0, 4.0], [1.0, 3.0]]
>>> backward(np.array([[1.0, 0.0], [0.0, 0.0]]), np.ones((2, 2)), angle=np.pi / 4).round(4).tolist()
[[0.3964, 0.3964], [0.0, 0.0]]
"""

import numpy as np


def forward(input, angle):
    """Return `input` turned by `angle`."""
    output = np.zeros_like(input)
    for rows, columns, weight in _around(input, angle):
        output += weight * input[..., rows, columns]
    return output


def backward(grad, input, angle):
    """Return the gradient of `input`."""
    found = np.zeros_like(input)
    places = np.moveaxis(found, (-2, -1), (0, 1))  # a view
    for rows, columns, weight in _around(input, angle):
        # not +=, which would add once where several pixels hand back to the same place
        np.add.at(places, (rows, columns), np.moveaxis(weight * grad, (-2, -1), (0, 1)))
    return found


def _around(input, angle):
    """Return, for each of the four pixels around the place that a pixel comes from, its row, its column, its weight."""
    if input.ndim < 2:
        raise ValueError(f"Expected input to have shape (..., H, W); got {input.shape}.")
    height, width = input.shape[-2:]
    rows, columns = np.indices((height, width))
    r, c = rows - (height - 1) / 2, columns - (width - 1) / 2
    p = c * np.sin(angle) + r * np.cos(angle) + (height - 1) / 2
    q = c * np.cos(angle) - r * np.sin(angle) + (width - 1) / 2
    for i in (np.floor(p), np.floor(p) + 1):
        for j in (np.floor(q), np.floor(q) + 1):
            inside = (i >= 0) & (i < height) & (j >= 0) & (j < width)
            weight = np.where(inside, (1 - np.abs(p - i)) * (1 - np.abs(q - j)), 0)
            rows, columns = np.clip(i, 0, height - 1).astype(int), np.clip(j, 0, width - 1).astype(int)
            # places and weights are float64 up to here: in float32 the floor of a place could be another pixel
            yield rows, columns, weight.astype(input.dtype)
