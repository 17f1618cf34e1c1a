"""Running an initializer of torch on given draws."""

import warnings

import torch

from reference._given import given


def filled(initialize, tensor, *options, draws=()):
    """Return what an initializer makes of these draws, in a new tensor in the shape and type of `tensor`."""
    with given(*draws), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that there is nothing to fill
        return initialize(torch.empty_like(tensor, memory_format=torch.contiguous_format), *options)
