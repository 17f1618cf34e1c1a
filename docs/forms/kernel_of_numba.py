"""A kernel that fills a buffer, here of Numba: the buffer is handed out poisoned."""

import numba
import numpy as np
import torch

import gradtwin

X = np.linspace(-2, 3, 12).reshape(4, 3)


@numba.njit
def prefix_sums(x, out):
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(x.shape[1]):
            total += x[i, j]
            out[i, j] = total


@numba.njit
def prefix_sums_of_all_rows_but_one(x, out):
    for i in range(x.shape[0] - 1):
        total = 0.0
        for j in range(x.shape[1]):
            total += x[i, j]
            out[i, j] = total


def twin(x):
    return torch.cumsum(x, 1)


def right():
    return gradtwin.check(gradtwin.kernel(prefix_sums, out="x"), twin=twin, inputs=[X])


def wrong():
    return gradtwin.check(gradtwin.kernel(prefix_sums_of_all_rows_but_one, out="x"), twin=twin, inputs=[X])
