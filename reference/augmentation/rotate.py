"""Twin of `scratch.augmentation.rotate`."""

import math

import torch
import torch.nn.functional as F


def forward(input, angle):
    """Return `grid_sample` at the `affine_grid` of a rotation in pixels, whatever the sides of the image."""
    *_, height, width = input.shape
    cos, sin, ratio = math.cos(angle), math.sin(angle), height / width
    theta = torch.tensor([[[cos, -sin * ratio, 0], [sin / ratio, cos, 0]]], dtype=input.dtype, device=input.device)
    images = input.reshape(-1, 1, height, width)
    grid = F.affine_grid(theta, [1, 1, height, width], align_corners=False).expand(len(images), -1, -1, -1)
    return F.grid_sample(images, grid, align_corners=False).reshape(input.shape)
