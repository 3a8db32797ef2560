"""One decision of MPPI on the pendulum's true dynamics in PyTorch: the peer of bench/mppi-pendulum.ts.

All candidates are stepped side by side: a step is a few operations on arrays of K numbers.
"""
import serve

given = serve.arguments(candidates=1000, horizon=30)

import math

import torch

K, H = given.candidates, given.horizon
SPREAD, TEMPERATURE = 1.0, 1.0  # half of the torque's reach; units of return
MAX_TORQUE, MAX_SPEED, TIME_STEP = 2.0, 8.0, 0.05


def rollout(torques):
    """Returns of sequences [K, H] from hanging at rest -> [K]"""
    angle, speed = torch.full([K], math.pi), torch.zeros(K)
    total = torch.zeros(K)
    for h in range(H):
        torque = torques[:, h]
        lean = torch.remainder(angle + math.pi, 2 * math.pi) - math.pi
        total -= lean**2 + 0.1 * speed**2 + 0.001 * torque**2
        speed = (speed + TIME_STEP * (15 * torch.sin(angle) + 3 * torque)).clamp(-MAX_SPEED, MAX_SPEED)
        angle = angle + TIME_STEP * speed
    return total


@torch.inference_mode()
def decide():
    """Moves a plan of no torque to the weighted mean of candidates around it; returns the weighted mean of returns."""
    plan = torch.zeros(H)
    candidates = (plan + SPREAD * torch.randn(K, H)).clamp(-MAX_TORQUE, MAX_TORQUE)
    returns = rollout(candidates)
    weights = torch.softmax(returns / TEMPERATURE, 0)
    plan = (weights[:, None] * candidates).sum(0)
    plan[0].item()
    return (weights * returns).sum().item()


serve.serve(given, decide)
