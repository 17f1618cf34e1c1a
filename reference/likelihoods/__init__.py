"""Twins of `scratch.likelihoods`: the densities are those of `torch.distributions`."""
