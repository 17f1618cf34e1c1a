"""The PyTorch twins: torch's own functions, at the same path as in `scratch`; autograd provides the gradients."""
