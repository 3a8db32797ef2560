"""One decision of PETS in PyTorch: the peer of bench/pets-decision.ts, where the model and the world are described.

Every particle keeps its member (TS-infinity). Candidates are scored in pieces, as many at a time as `--piece` says.
"""
import serve

given = serve.arguments(
    members=7, elites=5, hidden=200, layers=4, population=500, horizon=15, particles=20, iterations=5, piece=125
)

import math

import torch
from torch.nn import functional

E, K, H = given.elites, given.population, given.horizon
Q = given.particles // E  # particles a member and candidate
D, A = 4, 1
widths = [D + A, *[given.hidden] * given.layers, 2 * D]


def leaf(numbers):
    return torch.tensor(numbers, dtype=torch.float32)


weights = [
    leaf(serve.spread(i + 1, given.members, fan_in, fan_out) / fan_in**0.5)[:E].contiguous()
    for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:]))
]  # [E, I, O]
biases = [torch.zeros(E, 1, fan_out) for fan_out in widths[1:]]  # [E, 1, O]
input_mean, input_spread = torch.zeros(D + A), torch.ones(D + A)
target_mean, target_spread = torch.zeros(D), leaf([0.1, 0.5, 0.1, 0.5])
lowest, highest = torch.full([D], -10.0), torch.full([D], 0.5)
root = leaf([0.0, 0.0, 0.05, 0.0])


def predict(inputs):
    """Mean and standard deviation of the change of the observation. [E, B, D + A] -> [E, B, D] twice"""
    h = (inputs - input_mean) / input_spread
    for i, (weight, bias) in enumerate(zip(weights, biases)):
        h = torch.baddbmm(bias, h, weight)
        if i < given.layers:
            h = functional.silu(h)
    mean, log_variance = h[..., :D], h[..., D:]
    log_variance = highest - functional.softplus(highest - log_variance)
    log_variance = lowest + functional.softplus(log_variance - lowest)
    return mean * target_spread + target_mean, torch.exp(0.5 * log_variance) * target_spread


def score(candidates):
    """[C, H, A] -> returns averaged over particles [C]"""
    C = len(candidates)
    state = root.expand(E, C * Q, D)
    total, weight = torch.zeros(E, C * Q), torch.ones(E, C * Q)
    for h in range(H):
        action = candidates[:, None, h].expand(C, Q, A).reshape(C * Q, A).expand(E, C * Q, A)
        mean, spread = predict(torch.cat([state, action], -1))
        state = state + mean + spread * torch.randn_like(mean)
        total += weight
        weight *= (state[..., 0].abs() <= 2.4) & (state[..., 2].abs() <= 12 * math.pi / 180)
    return total.view(E, C, Q).mean((0, 2))


def truncated_normal(*shape):
    """Standard normal numbers, given that they lie in [-2, 2]: the inverse of the distribution function."""
    reach = math.erf(2 / math.sqrt(2))
    return torch.erfinv((torch.rand(*shape) * 2 - 1) * reach) * math.sqrt(2)


@torch.inference_mode()
def decide():
    """The cross-entropy method over actions in [-1, 1]; returns the mean return of the last elites."""
    mean, variance = torch.zeros(H, A), torch.full([H, A], 0.25)
    for _ in range(given.iterations):
        reach = torch.minimum(mean + 1, 1 - mean) / 2
        spread = torch.minimum(variance.sqrt(), reach)
        candidates = mean + spread * truncated_normal(K, H, A)
        returns = torch.cat([score(piece) for piece in candidates.split(given.piece)])
        best, index = returns.topk(max(1, K // 10))
        elites = candidates[index]
        mean = 0.1 * mean + 0.9 * elites.mean(0)
        variance = 0.1 * variance + 0.9 * elites.var(0, unbiased=False)
    return best.mean().item()


serve.serve(given, decide)
