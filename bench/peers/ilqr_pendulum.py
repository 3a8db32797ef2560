"""One solve of the pendulum by box-constrained iLQR in PyTorch: the peer of bench/ilqr-pendulum.ts, which describes it.

The derivatives of the dynamics come from autograd, those of the quadratic cost are written down; all steps of the
horizon are differentiated at once, and all scales of the line search are rolled out at once. With one action the box
program is a clamp.
"""
import serve

given = serve.arguments(problems=16, horizon=20, candidates=64, starts=4)

import math

import torch

H, K = given.horizon, given.candidates
TOLERANCE, ACTION_TOLERANCE, ITERATIONS = 1e-7, 1e-6, 100
LEAST_MU, MOST_MU, LITTLE_MU, FACTOR = 1e-6, 1e10, 1e-3, 2.0
MOST_TORQUE, MOST_SPEED, STEP = 2.0, 8.0, 0.05
torch.set_default_dtype(torch.float64)
weights = torch.tensor([1.0, 0.1])
scales = 0.4 ** torch.arange(8, dtype=torch.float64)
numbers = serve.uniform(1, given.problems, 2)
roots = torch.tensor([[math.pi * (2 * a - 1), 2 * b - 1] for a, b in numbers])


def advance(state, action):
    """[..., 2], [..., 1] -> [..., 2]"""
    angle, speed = state[..., 0], state[..., 1]
    faster = speed + STEP * (15 * torch.sin(angle) + 3 * action[..., 0])
    faster = faster.clamp(-MOST_SPEED, MOST_SPEED)
    return torch.stack([angle + STEP * faster, faster], -1)


def lean_of(state):
    """The angle in [-pi, pi), and the speed."""
    turns = torch.floor((state[..., :1] + math.pi) / (2 * math.pi))
    return torch.cat([state[..., :1] - 2 * math.pi * turns, state[..., 1:]], -1)


def cost(states, actions):
    """[..., H + 1, 2], [..., H, 1] -> [...]"""
    lean = lean_of(states[..., :-1, :])
    return (lean * lean * weights).sum((-1, -2)) + 0.001 * (actions * actions).sum((-1, -2))


def roll(root, actions, states=None, offsets=None, gains=None):
    """Follows actions [B, H, 1], or a feedback along `states` [H + 1, 2] with offsets of each scale [B, H, 1]."""
    state = root.expand(len(actions), 2)
    seen, done = [state], []
    for h in range(H):
        action = actions[:, h]
        if states is not None:
            action = action + offsets[:, h] + (state - states[h]) @ gains[h].T
            action = action.clamp(-MOST_TORQUE, MOST_TORQUE)
        state = advance(state, action)
        seen.append(state)
        done.append(action)
    return torch.stack(seen, 1), torch.stack(done, 1)


def expand(states, actions):
    """How the next states change with state and action, all steps at once. [H, 2, 2], [H, 2, 1]"""
    x = states[:-1].detach().requires_grad_()
    u = actions.detach().requires_grad_()
    with torch.enable_grad():
        following = advance(x, u)
        rows = [torch.autograd.grad(following[:, i].sum(), (x, u), retain_graph=i == 0) for i in range(2)]
    return torch.stack([row[0] for row in rows], 1), torch.stack([row[1] for row in rows], 1)


def backward(states, actions, fx, fu, mu):
    """Offsets [H, 1], gains [H, 1, 2] and what they promise, or None where a step has no minimum."""
    value_x, value_xx = torch.zeros(2), torch.zeros(2, 2)
    cost_x = 2 * weights * lean_of(states[:-1])
    cost_xx = torch.diag(2 * weights)
    cost_u = 0.002 * actions
    offsets, gains = [None] * H, [None] * H
    slope = curvature = 0.0
    for h in reversed(range(H)):
        bent = value_xx @ torch.cat([fx[h], fu[h]], 1)  # [2, 3]
        q_x = cost_x[h] + fx[h].T @ value_x
        q_u = (cost_u[h] + fu[h].T @ value_x).item()
        q_xx = cost_xx + fx[h].T @ bent[:, :2]
        q_ux = fu[h].T @ bent[:, :2]  # [1, 2]
        q_uu = 0.002 + (fu[h].T @ bent[:, 2:]).item()
        held = q_uu + mu / MOST_TORQUE**2
        if held <= 0:
            return None
        action, wanted = actions[h].item(), -q_u / held
        offset = min(MOST_TORQUE - action, max(-MOST_TORQUE - action, wanted))
        free = offset == wanted
        gain = -q_ux / held if free else torch.zeros(1, 2)
        slope += offset * q_u
        curvature += 0.5 * offset * offset * q_uu
        value_x = q_x + gain[0] * (q_uu * offset + q_u) + q_ux[0] * offset
        value_xx = q_xx + q_uu * gain.T @ gain + gain.T @ q_ux + q_ux.T @ gain
        offsets[h], gains[h] = offset, gain
    return torch.tensor(offsets)[:, None], torch.stack(gains), -slope - curvature


def red_noise(generator):
    """Sequences of standard normal numbers whose power falls with the square of frequency. [K, H, 1]"""
    frequencies = torch.arange(H // 2 + 1, dtype=torch.float64)
    power = frequencies.clamp(min=1) ** -2
    power[0] = 0.5
    angles = 2 * math.pi * frequencies[:, None] * torch.arange(H) / H
    waves = (power / power.sum()).sqrt()[:, None]
    a, b = torch.randn(2, K, H // 2 + 1, generator=generator)
    return (a @ (waves * torch.cos(angles)) + b @ (waves * torch.sin(angles)))[..., None]


@torch.no_grad()
def solve(problem):
    root = roots[problem]
    candidates = (MOST_TORQUE * red_noise(torch.Generator().manual_seed(problem))).clamp(-MOST_TORQUE, MOST_TORQUE)
    candidates = torch.cat([torch.zeros(1, H, 1), candidates])
    states, _ = roll(root, candidates)
    losses = cost(states, candidates)
    best = losses.topk(given.starts, largest=False).indices
    return min(improve(root, states[k], candidates[k], losses[k].item()) for k in best)


def improve(root, states, actions, loss):
    """The loss that iLQR ends at."""
    mu, delta = LEAST_MU, 1.0
    fx, fu = expand(states, actions)
    for _ in range(ITERATIONS):
        little = mu <= LITTLE_MU
        least = TOLERANCE * max(1.0, abs(loss))
        found = backward(states, actions, fx, fu, mu)
        gained, promised = 0.0, math.inf
        if found is not None:
            offsets, gains, promised = found
            if little and (offsets.abs() / actions.abs().clamp(min=1)).max() < ACTION_TOLERANCE:
                break
            all_states, all_actions = roll(root, actions.expand(8, H, 1), states, scales[:, None, None] * offsets, gains)
            losses = cost(all_states, all_actions)
            best = losses.argmin()
            gained = loss - losses[best].item()
        if gained > 0:
            states, actions, loss = all_states[best], all_actions[best], losses[best].item()
            fx, fu = expand(states, actions)
            delta = min(1 / FACTOR, delta / FACTOR)
            mu = mu * delta if mu * delta >= LEAST_MU else 0.0
            if gained < least and little:
                break
        elif little and promised < least:
            break
        else:
            delta = max(FACTOR, delta * FACTOR)
            mu = max(LEAST_MU, mu * delta)
            if mu > MOST_MU:
                break
    return loss


turn = 0


def step():
    global turn
    turn += 1
    return solve((turn - 1) % given.problems)


serve.serve(given, step)
