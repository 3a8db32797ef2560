"""One training step of a Dreamer in PyTorch: the peer of bench/dreamer-step.ts, where the losses are described."""
import serve

given = serve.arguments(
    batch=16, time=32, horizon=15, units=256, deterministic=256, variables=16, classes=16, observation=8, action=2, bins=255
)

import itertools
import math

import torch
from torch.nn import functional

B, T, H, U, D = given.batch, given.time, given.horizon, given.units, given.deterministic
S, C, O, A, bins = given.variables, given.classes, given.observation, given.action, given.bins
N, Z = T * B, S * C
HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
parameters, seeds = [], itertools.count(1)


def leaf(numbers):
    tensor = torch.tensor(numbers, dtype=torch.float32, requires_grad=True)
    parameters.append(tensor)
    return tensor


def weight(fan_in, fan_out):
    return leaf(serve.spread(next(seeds), fan_in, fan_out) / fan_in**0.5)


def dense(fan_in, fan_out):
    """Weight, and the scale and shift of the normalisation."""
    return weight(fan_in, fan_out), leaf([1.0] * fan_out), leaf([0.0] * fan_out)


def linear(fan_in, fan_out):
    return weight(fan_in, fan_out), leaf([0.0] * fan_out)


encoder = [dense(O, U), dense(U, U)]
embed = dense(Z + A, U)
recurrent = dense(U + D, 3 * D)
prior = [dense(D, U), linear(U, Z)]
posterior = [dense(D + U, U), linear(U, Z)]
decoder = [dense(D + Z, U), dense(U, U), linear(U, O)]
reward = [dense(D + Z, U), dense(U, U), linear(U, bins)]
continuation = [dense(D + Z, U), linear(U, 1)]
actor = [dense(D + Z, U), dense(U, U), linear(U, 2 * A)]
critic = [dense(D + Z, U), dense(U, U), linear(U, bins)]
optimizer = torch.optim.Adam(parameters, lr=1e-4, eps=1e-8)
places = torch.linspace(-20, 20, bins)  # what each bin stands for

observations = torch.tensor(serve.spread(1001, T, B, O), dtype=torch.float32)
actions = torch.tensor(serve.spread(1002, T, B, A), dtype=torch.float32)
rewards = torch.tensor(serve.spread(1003, N), dtype=torch.float32)
continues = torch.tensor(serve.uniform(1004, N) < 0.9, dtype=torch.float32)
posterior_dice = torch.tensor(serve.uniform(1005, T, B, S, 1), dtype=torch.float32)
prior_dice = torch.tensor(serve.uniform(1006, H, N, S, 1), dtype=torch.float32)
action_noise = torch.tensor(serve.spread(1007, H, N, A), dtype=torch.float32)


def norm(layer, x):
    return functional.layer_norm(x, x.shape[-1:], layer[1], layer[2], 1e-4)


def apply(layers, x):
    for layer in layers:
        if len(layer) == 3:
            x = functional.silu(norm(layer, x @ layer[0]))
        else:
            x = torch.addmm(layer[1], x, layer[0])
    return x


def cell(x, h):
    reset, candidate, update = norm(recurrent, torch.cat([x, h], -1) @ recurrent[0]).chunk(3, -1)
    update = torch.sigmoid(update - 1)
    return update * torch.tanh(torch.sigmoid(reset) * candidate) + (1 - update) * h


def probabilities(logits):
    return torch.softmax(logits.view(-1, S, C), -1) * 0.99 + 0.01 / C


def draw(p, dice):
    """One-hot samples by inverting the distribution function. [.., S, C]"""
    index = (dice >= p.cumsum(-1)).sum(-1, keepdim=True).clamp_(max=C - 1)
    return torch.zeros_like(p).scatter_(-1, index, 1.0)


def divergence(p, q):
    return (p * (p.log() - q.log())).sum((-1, -2))


def two_hot(x):
    """Weights on the two bins next to each number. [N, bins]"""
    width = 40 / (bins - 1)
    place = ((x + 20) / width).clamp(0, bins - 1)
    low = place.floor().clamp_(max=bins - 2)
    high = (place - low)[:, None]
    index = low.long()[:, None]
    return torch.zeros(len(x), bins).scatter_(-1, index, 1 - high).scatter_(-1, index + 1, high)


def cross_entropy(logits, target):
    return -(torch.log_softmax(logits, -1) * target).sum(-1)


def loss_of_model():
    embedded = apply(encoder, observations.view(N, O)).view(T, B, U)
    h, z = torch.zeros(B, D), torch.zeros(B, Z)
    hs, zs, ps = [], [], []
    for t in range(T):
        h = cell(apply([embed], torch.cat([z, actions[t]], -1)), h)
        p = probabilities(apply(posterior, torch.cat([h, embedded[t]], -1)))
        seen = p.detach()
        z = (draw(seen, posterior_dice[t]) - seen + p).view(B, Z)
        hs.append(h)
        zs.append(z)
        ps.append(p)
    h, z, p = torch.cat(hs), torch.cat(zs), torch.cat(ps)
    q = probabilities(apply(prior, h))
    dynamics = divergence(p.detach(), q).clamp(min=1).mean()
    representation = divergence(p, q.detach()).clamp(min=1).mean()
    feature = torch.cat([h, z], -1)
    reconstruction = (apply(decoder, feature) - observations.view(N, O)).square().sum(-1).mean()
    reward_loss = cross_entropy(apply(reward, feature), two_hot(rewards)).mean()
    continue_loss = functional.binary_cross_entropy_with_logits(apply(continuation, feature)[:, 0], continues)
    return reconstruction + reward_loss + continue_loss + 0.5 * dynamics + 0.1 * representation, h.detach(), z.detach()


def imagine(h, z):
    """H steps of the prior under the actor: features [(H + 1) N, D + Z], log-likelihoods and entropies [H N]."""
    features, likelihoods, entropies = [torch.cat([h, z], -1)], [], []
    for t in range(H):
        out = apply(actor, features[-1])
        mean, deviation = torch.tanh(out[:, :A]), torch.sigmoid(out[:, A:]) * 0.9 + 0.1
        action = (mean + deviation * action_noise[t]).detach()
        log_deviation = deviation.log()
        likelihoods.append((((action - mean) / deviation).square() * -0.5 - log_deviation - HALF_LOG_TWO_PI).sum(-1))
        entropies.append((log_deviation + HALF_LOG_TWO_PI + 0.5).sum(-1))
        with torch.no_grad():
            h = cell(apply([embed], torch.cat([z, action], -1)), h)
            z = draw(probabilities(apply(prior, h)), prior_dice[t]).view(N, Z)
            features.append(torch.cat([h, z], -1))
    return torch.cat(features), torch.cat(likelihoods), torch.cat(entropies)


def loss_of_behaviour(h, z):
    feature, likelihood, entropy = imagine(h, z)
    logits = apply(critic, feature[: H * N])
    with torch.no_grad():
        r = (torch.softmax(apply(reward, feature[N:]), -1) @ places).view(H, N)
        last = torch.softmax(apply(critic, feature[H * N :]), -1) @ places
        v = torch.cat([torch.softmax(logits, -1) @ places, last]).view(H + 1, N)
        ret, returns = v[H], []
        for t in reversed(range(H)):
            ret = r[t] + 0.997 * (0.05 * v[t + 1] + 0.95 * ret)
            returns.insert(0, ret)
        returns = torch.cat(returns)
        advantage = returns - v[:H].reshape(-1)
    return -(likelihood * advantage + 3e-4 * entropy).mean() + cross_entropy(logits, two_hot(returns)).mean()


def step():
    model, h, z = loss_of_model()
    loss = model + loss_of_behaviour(h, z)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


serve.serve(given, step)
