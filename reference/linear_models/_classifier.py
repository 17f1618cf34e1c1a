"""What the twins of the linear classifiers share: gradient descent by `torch.optim.SGD` along gradients by autograd."""

import torch


def descend(loss, outputs, X, y, batches, lr, steps):
    """Return weight and bias after a step for each batch, or `steps` on all rows; and the cost and its gradient's norm.

    Both start at 0, and the bias has the shape `outputs`. The cost and the norm are those of all rows.
    """
    tensors = [X.new_zeros(*outputs, X.shape[1], requires_grad=True), X.new_zeros(outputs, requires_grad=True)]
    optimizer = torch.optim.SGD(tensors, lr=lr)
    for rows in [slice(None)] * steps if batches is None else batches:
        optimizer.zero_grad()
        loss(tensors, X[rows], y[rows]).backward()
        optimizer.step()
    return *(t.detach() for t in tensors), *measured(loss, tensors, X, y)


def measured(loss, parameters, X, y):
    """Return the cost on all rows and the norm of its gradient."""
    cost = loss(parameters, X, y)
    grads = torch.autograd.grad(cost, parameters)
    return cost.detach(), torch.linalg.vector_norm(torch.cat([g.flatten() for g in grads]))


def with_ones(X):
    """Return the matrix and a column of ones."""
    return torch.cat([X, torch.ones_like(X[:, :1])], dim=1)


def step_size(X, curvature, weight_decay, samples):
    """Return 1 / L of the whole cost, the sum over the samples divided by `samples`."""
    return 1 / (curvature * torch.linalg.matrix_norm(with_ones(X), 2).item() ** 2 / samples + weight_decay)
