"""One training step of an ensemble of Gaussian networks in PyTorch: the peer of bench/ensemble-step.ts.

Loss: negative log-likelihood of a diagonal Gaussian with predicted logarithm of variance.
"""
import serve

given = serve.arguments(members=5, batch=256, inputs=6, hidden=200, layers=4, outputs=5)

import math

import torch
from torch.nn import functional

E, B, O = given.members, given.batch, given.outputs
widths = [given.inputs, *[given.hidden] * given.layers, 2 * O]


def leaf(numbers):
    return torch.tensor(numbers, dtype=torch.float32, requires_grad=True)


weights, biases = [], []  # [E, I, O], [E, 1, O]
for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
    weights.append(leaf(serve.spread(i + 1, E, fan_in, fan_out) / fan_in**0.5))
    biases.append(leaf(serve.uniform(0, E, 1, fan_out) * 0))
x = torch.tensor(serve.spread(100, E, B, given.inputs), dtype=torch.float32)
y = torch.tensor(serve.spread(101, E, B, O), dtype=torch.float32)
optimizer = torch.optim.Adam([*weights, *biases], lr=1e-3, eps=1e-8)


def step():
    h = x
    for i, (weight, bias) in enumerate(zip(weights, biases)):
        h = torch.baddbmm(bias, h, weight)
        if i < given.layers:
            h = functional.silu(h)
    mean, log_variance = h[..., :O], h[..., O:]
    loss = 0.5 * (((mean - y).square() * torch.exp(-log_variance) + log_variance).mean() + math.log(2 * math.pi))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


serve.serve(given, step)
