"""Twin of `scratch.models.convnet`."""

import torch
import torch.nn.functional as F


def forward(input, *parameters, running=None, training=True, momentum=0.1):
    """Return the output of the network, and a copy of the running statistics that torch changed."""
    kernel_1, weight_1, bias_1, kernel_2, weight_2, bias_2, weight, bias = parameters
    changed = None if running is None else running.clone()
    (mean_1, var_1), (mean_2, var_2) = ((None, None),) * 2 if changed is None else changed
    x = F.conv2d(input, kernel_1, padding=1)
    h = F.max_pool2d(F.relu(F.batch_norm(x, mean_1, var_1, weight_1, bias_1, training, momentum)), 2)
    x = F.conv2d(h, kernel_2, padding=1)
    s = torch.add(F.batch_norm(x, mean_2, var_2, weight_2, bias_2, training, momentum), h)
    output = F.linear(F.adaptive_avg_pool2d(F.relu(s), 1).flatten(1), weight, bias)
    return (output, changed) if training and running is not None else output


def loss(parameters, X, y):
    """Return the mean cross-entropy of classes `y` on inputs `X` in training."""
    return F.cross_entropy(forward(X, *parameters), y)


def fit(X, y, parameters, batches, *, max_lr=0.1, weight_decay=0.01, momentum=0.1):
    """Return parameters and running statistics after a step of `torch.optim.AdamW` on each of `batches`."""
    tensors = [p.clone().requires_grad_() for p in parameters]
    running = torch.stack([torch.zeros(2, len(tensors[1])), torch.ones(2, len(tensors[1]))], dim=1).to(X.dtype)
    optimizer = torch.optim.AdamW(tensors, weight_decay=weight_decay)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr, len(batches))
    for batch in batches:
        optimizer.zero_grad()
        output, running = forward(X[batch], *tensors, running=running, momentum=momentum)
        F.cross_entropy(output, y[batch]).backward()
        optimizer.step()
        cycle.step()
    return [t.detach() for t in tensors], running
