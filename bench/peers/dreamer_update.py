"""One update of DreamerV3 in PyTorch: the peer of bench/dreamer-update.ts; src/agents/dreamer says what is computed."""
import serve

given = serve.arguments(
    batch=16, time=64, horizon=15, deterministic=512, variables=32, classes=4, blocks=8, hidden=64, units=64, layers=3,
    observation=8, action=2, bins=255,
)

import itertools
import math

import torch
from torch.nn import functional

B, T, H, U, D = given.batch, given.time, given.horizon, given.units, given.deterministic
S, C, G, O, A, bins = given.variables, given.classes, given.blocks, given.observation, given.action, given.bins
N, Z, hidden = T * B, S * C, given.hidden
wide = [U] * given.layers
GAMMA, LAMBDA, ENTROPY = 1 - 1 / 333, 0.95, 3e-4
RATE, WARMUP, BETA1, BETA2 = 4e-5, 1000, 0.9, 0.999
HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
parameters, seeds = [], itertools.count(1)


def leaf(numbers):
    parameters.append(torch.as_tensor(numbers).float().requires_grad_())
    return parameters[-1]


def dense(fan_in, fan_out, bias=True, norm=True, blocks=None, silent=False):
    """Bias, weight and scale, numbered in this order; each may be missing."""
    layer = {}
    if bias:
        next(seeds)
        layer["bias"] = leaf(torch.zeros(fan_out * (blocks or 1)))
    shape = (fan_in, fan_out) if blocks is None else (blocks, fan_in, fan_out)
    seed = next(seeds)
    layer["weight"] = leaf(torch.zeros(shape) if silent else serve.spread(seed, *shape) / fan_in**0.5)
    if norm:
        next(seeds)
        layer["scale"] = leaf(torch.ones(fan_out))
    return layer


def network(sizes, activated=False, silent=False):
    last = len(sizes) - 2
    return [
        dense(sizes[i], sizes[i + 1], norm=i < last or activated, silent=silent and i == last) for i in range(last + 1)
    ]


# in the order of their paths
actor = network([D + Z, *wide, 2 * A])
critic = network([D + Z, *wide, bins], silent=True)
critic_parameters = slice(sum(map(len, actor)), len(parameters))
continuation = network([D + Z, U, 1])
core_action = network([A, hidden], activated=True)
core_block = dense(D // G, D // G, norm=False, blocks=G)
core_deterministic = network([D, hidden], activated=True)
core_gates = dense(D // G, 3 * D // G, norm=False, blocks=G)
core_mixed = dense(3 * hidden, D, bias=False, norm=False)
next(seeds)
core_scale = leaf(torch.ones(D))
core_stochastic = network([Z, hidden], activated=True)
decoder = network([D + Z, *wide, O])
encoder = network([O, *wide], activated=True)
next(seeds)
posterior_scale = leaf(torch.ones(hidden))
posterior_out = dense(hidden, Z, norm=False)
posterior_state = dense(D, hidden, bias=False, norm=False)
posterior_token = dense(U, hidden, norm=False)
prior = network([D, hidden, hidden, Z])
reward = network([D + Z, U, bins], silent=True)

slow_critic = [{name: numbers.detach().clone() for name, numbers in layer.items()} for layer in critic]
slow_parameters = [numbers for layer in slow_critic for numbers in layer.values()]

place = torch.arange(bins, dtype=torch.float64) * (40 / (bins - 1)) - 20
places = (place.sign() * torch.expm1(place.abs())).float()
half = bins // 2
outer = places[bins - half :]


def chosen(seed, chance):
    return torch.tensor(serve.uniform(seed, T, B) < chance, dtype=torch.float32)


def numbers(values):
    return torch.tensor(values, dtype=torch.float32)


observations = numbers(serve.spread(1001, T, B, O))
actions = numbers(serve.spread(1002, T, B, A))
rewards = numbers(serve.spread(1003, T, B))
continues, first, ends = chosen(1004, 0.95), chosen(1005, 0.05), chosen(1006, 0.05)
dice = numbers(serve.uniform(1007, T, B, S, 1))
dream_dice = numbers(serve.uniform(1008, H, N, S, 1))
noise = numbers(serve.spread(1009, H, N, A))


def norm(x, scale):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-4) * scale


def product(layer, x):
    if "bias" not in layer:
        return x @ layer["weight"]
    rows = x.reshape(-1, x.shape[-1])
    return torch.addmm(layer["bias"], rows, layer["weight"]).view(*x.shape[:-1], -1)


def blocks(layer, x):
    y = torch.bmm(x.view(len(x), G, -1).transpose(0, 1), layer["weight"])
    return y.transpose(0, 1).reshape(len(x), -1) + layer["bias"]


def apply(layers, x):
    for layer in layers:
        x = product(layer, x)
        if "scale" in layer:
            x = functional.silu(norm(x, layer["scale"]))
    return x


def recur(h, z, action):
    parts = torch.cat([apply(core_deterministic, h), apply(core_stochastic, z), action], -1)
    mixed = functional.silu(norm(product(core_mixed, parts) + blocks(core_block, h), core_scale))
    reset, candidate, update = blocks(core_gates, mixed).view(len(h), G, 3, -1).unbind(2)
    candidate = torch.tanh(torch.sigmoid(reset) * candidate).reshape(len(h), D)
    return h + torch.sigmoid(update - 1).reshape(len(h), D) * (candidate - h)


def probabilities(logits):
    return torch.softmax(logits.view(-1, S, C), -1) * 0.99 + 0.01 / C


def draw(p, dice):
    """One-hot samples by inverting the distribution function. [.., S, C]"""
    cumulative = p.cumsum(-1)
    index = (cumulative <= dice * cumulative[..., -1:]).sum(-1, keepdim=True)
    return torch.zeros_like(p).scatter_(-1, index, 1.0)


def divergence(p, q):
    return (p * (p.log() - q.log())).sum((-1, -2))


def two_hot(x):
    """Weights on the two bins next to each number. [rows, bins]"""
    x = x.clamp(places[0].item(), places[-1].item())
    low = (torch.searchsorted(places, x, right=True) - 1).clamp_(0, bins - 2)
    high = ((x - places[low]) / (places[low + 1] - places[low]))[:, None]
    index = low[:, None]
    return torch.zeros(len(x), bins).scatter_(-1, index, 1 - high).scatter_(-1, index + 1, high)


def expectation(logits):
    p = torch.softmax(logits, -1)
    return (p[:, bins - half :] - p[:, :half].flip(-1)) @ outer


def loss_of_model():
    squashed = observations.sign() * torch.log1p(observations.abs())
    tokens = product(posterior_token, apply(encoder, squashed))
    keep = (1 - first)[:, :, None]
    prepared = apply(core_action, actions * keep)
    h, z = torch.zeros(B, D), torch.zeros(B, Z)
    hs, zs, ps = [], [], []
    for t in range(T):
        h = recur(h * keep[t], z * keep[t], prepared[t])
        raw = functional.silu(norm(product(posterior_state, h) + tokens[t], posterior_scale))
        p = probabilities(product(posterior_out, raw))
        seen = p.detach()
        z = (draw(seen, dice[t]) - seen + p).view(B, Z)
        hs.append(h)
        zs.append(z)
        ps.append(p)
    h, p = torch.cat(hs), torch.cat(ps)
    q = probabilities(apply(prior, h))
    dynamics = divergence(p.detach(), q).clamp(min=1).mean()
    representation = divergence(p, q.detach()).clamp(min=1).mean()
    feature = torch.cat([h, torch.cat(zs)], -1)
    reconstruction = (apply(decoder, feature) - squashed.view(N, O)).square().sum(-1).mean()
    reward_loss = -(torch.log_softmax(apply(reward, feature), -1) * two_hot(rewards.view(N))).sum(-1).mean()
    goes_on = functional.binary_cross_entropy_with_logits(apply(continuation, feature)[:, 0], continues.view(N))
    return reconstruction + reward_loss + goes_on + dynamics + 0.1 * representation, feature.detach()


def imagine(feature):
    """H steps of the prior under the actor: features [H + 1][N, D + Z], log-likelihoods and entropies [H N]."""
    features, likelihoods, entropies = [feature], [], []
    for t in range(H):
        mean, deviation = apply(actor, features[-1]).chunk(2, -1)
        mean, deviation = torch.tanh(mean), torch.sigmoid(deviation + 2) * 0.9 + 0.1
        action = (mean + deviation * noise[t]).detach()
        log_deviation = deviation.log()
        likelihoods.append((((action - mean) / deviation).square() * -0.5 - log_deviation - HALF_LOG_TWO_PI).sum(-1))
        entropies.append((log_deviation + HALF_LOG_TWO_PI + 0.5).sum(-1))
        with torch.no_grad():
            h = recur(features[-1][:, :D], features[-1][:, D:], apply(core_action, action.clamp(-1, 1)))
            z = draw(probabilities(apply(prior, h)), dream_dice[t]).view(N, Z)
            features.append(torch.cat([h, z], -1))
    return features, torch.cat(likelihoods), torch.cat(entropies)


def lambda_returns(rewards, discounts, lambdas, values):
    ret, returns = values[-1], []
    for t in reversed(range(len(rewards))):
        ret = rewards[t] + discounts[t] * (values[t] + (ret - values[t]) * lambdas[t])
        returns.insert(0, ret)
    return returns


def critic_loss(logits, feature, returns):
    with torch.no_grad():
        target = two_hot(returns) + two_hot(expectation(apply(slow_critic, feature)))
    return -(torch.log_softmax(logits, -1) * target).sum(-1)


low = high = seen_weight = 0.0


def loss_of_behaviour(start):
    global low, high, seen_weight
    features, likelihood, entropy = imagine(start)
    dreamt, imagined = torch.cat(features[:H]), torch.cat(features[1:])
    logits = apply(critic, dreamt)
    with torch.no_grad():
        r = expectation(apply(reward, imagined)).view(H, N)
        discounts = torch.sigmoid(apply(continuation, imagined)).view(H, N) * GAMMA
        value = expectation(logits)
        values = torch.cat([value, expectation(apply(critic, features[H]))]).view(H + 1, N)
        returns = lambda_returns(r, discounts, [LAMBDA] * H, values[1:])
        weights = [continues.view(N)]
        for t in range(1, H):
            weights.append(weights[-1] * discounts[t - 1])
        weight, known = torch.cat(weights), torch.cat(returns)
        ordered = known.sort().values
        percentiles = []
        for share in (0.05, 0.95):
            at = share * (len(ordered) - 1)
            below = math.floor(at)
            percentiles.append(ordered[below] * (1 - at + below) + ordered[min(below + 1, len(ordered) - 1)] * (at - below))
        low, high = low * 0.99 + percentiles[0] * 0.01, high * 0.99 + percentiles[1] * 0.01
        seen_weight = seen_weight * 0.99 + 0.01
        advantage = (known - value) / ((high - low) / seen_weight).clamp(min=1)
        # what was really earned, cut short by what was imagined from there
        ahead = returns[0].view(T, B)
        earned = lambda_returns(rewards[1:], continues[1:] * GAMMA, (1 - ends[1:]) * LAMBDA, ahead[1:])
        earned, goes_on, before = torch.cat(earned), (1 - ends[: T - 1]).reshape(-1), start[: (T - 1) * B]
    actor_loss = -((likelihood * advantage + ENTROPY * entropy) * weight).mean()
    dream_loss = (critic_loss(logits, dreamt, known) * weight).mean()
    replay_loss = (critic_loss(apply(critic, before), before, earned) * goes_on).mean()
    return actor_loss + dream_loss + 0.3 * replay_loss


means = [torch.zeros_like(numbers) for numbers in parameters]
squares = [torch.zeros_like(numbers) for numbers in parameters]
steps, mean_weight, square_weight = 0, 0.0, 0.0


@torch.no_grad()
def move():
    """LaProp of gradients, each clipped by the length of its tensor; then the slow critic follows."""
    global steps, mean_weight, square_weight
    gradients = [numbers.grad for numbers in parameters]
    lengths = torch.stack(torch._foreach_norm(parameters)).clamp(min=1e-3) * 0.3
    scales = (torch.stack(torch._foreach_norm(gradients)) / lengths).clamp(min=1).reciprocal()
    torch._foreach_mul_(gradients, scales.tolist())
    rate = min((steps + 1) / WARMUP, 1) * RATE
    steps += 1
    mean_weight = mean_weight * BETA1 + 1 - BETA1
    square_weight = square_weight * BETA2 + 1 - BETA2
    root = square_weight**0.5
    torch._foreach_mul_(squares, BETA2)
    torch._foreach_addcmul_(squares, gradients, gradients, 1 - BETA2)
    roots = torch._foreach_sqrt(squares)
    torch._foreach_add_(roots, root * 1e-20)
    torch._foreach_mul_(means, BETA1)
    torch._foreach_addcdiv_(means, gradients, roots, (1 - BETA1) * root)
    torch._foreach_add_(parameters, means, alpha=-rate / mean_weight)
    torch._foreach_mul_(slow_parameters, 0.98)
    torch._foreach_add_(slow_parameters, parameters[critic_parameters], alpha=0.02)


def step():
    model, start = loss_of_model()
    loss = model + loss_of_behaviour(start)
    for numbers in parameters:
        numbers.grad = None
    loss.backward()
    move()
    return loss.item()


serve.serve(given, step)
