"""Transitions of the classic control worlds, from their equations of motion alone.

    python3 test/golden/gymnasium.py > test/golden/gymnasium.txt

A second opinion on src/envs, worked out another way: here the accelerations of cart-pole and acrobot come from solving
the equations of motion as a linear system, M(q) q'' = forces, not from formulas already solved for them. The rules
(time steps, limits, rewards) are those published for Gymnasium's CartPole-v1, Pendulum-v1, MountainCar-v0,
MountainCarContinuous-v0 and Acrobot-v1, and for mbrl-lib's continuous cart-pole. Double precision throughout.
Actions are numbers that float32 holds exactly.
"""
import json
import random
from math import atan2, cos, pi, sin


def solve(a, b, c, d, p, q):
    """x and y of a x + b y = p, c x + d y = q."""
    determinant = a * d - b * c
    return (p * d - b * q) / determinant, (a * q - p * c) / determinant


def cart_pole(state, force):
    x, v, angle, spin = state
    cart, pole, half, g, dt = 1.0, 0.1, 0.5, 9.8, 0.02
    inertia = pole * half**2 / 3  # of a uniform rod about its middle
    # Newton for cart and pole together, and torques about the hinge
    acceleration, turning = solve(
        cart + pole, pole * half * cos(angle),
        pole * half * cos(angle), inertia + pole * half**2,
        force + pole * half * spin**2 * sin(angle), pole * g * half * sin(angle),
    )
    following = [x + dt * v, v + dt * acceleration, angle + dt * spin, spin + dt * turning]
    fallen = abs(following[0]) > 2.4 or abs(following[2]) > 12 * pi / 180
    return following, 1.0, 0 if fallen else 1, following


def pendulum(state, action):
    angle, spin = state
    mass, length, g, dt = 1.0, 1.0, 10.0, 0.05
    torque = max(-2.0, min(2.0, action))
    lean = atan2(sin(angle), cos(angle))
    reward = -(lean**2 + 0.1 * spin**2 + 0.001 * torque**2)
    turning = (mass * g * length / 2 * sin(angle) + torque) / (mass * length**2 / 3)
    spin = max(-8.0, min(8.0, spin + dt * turning))
    angle = angle + dt * spin
    return [angle, spin], reward, 1, [cos(angle), sin(angle), spin]


def roll(state, push):
    position, velocity = state
    velocity = max(-0.07, min(0.07, velocity + push - 0.0025 * cos(3 * position)))
    position = max(-1.2, min(0.6, position + velocity))
    if position == -1.2:
        velocity = max(0.0, velocity)
    return [position, velocity]


def mountain_car(state, action):
    following = roll(state, 0.001 * (action - 1))
    return following, -1.0, 0 if following[0] >= 0.5 and following[1] >= 0 else 1, following


def continuous_mountain_car(state, action):
    following = roll(state, 0.0015 * max(-1.0, min(1.0, action)))
    there = following[0] >= 0.45 and following[1] >= 0
    return following, (100.0 if there else 0.0) - 0.1 * action**2, 0 if there else 1, following


def acrobot(state, action):
    torque = action - 1.0
    mass, length, center, inertia, g, dt = 1.0, 1.0, 0.5, 1.0, 9.8, 0.2

    def slope(q):
        first, second, spin1, spin2 = q
        coupling = mass * length * center
        m22 = mass * center**2 + inertia
        m12 = m22 + coupling * cos(second)
        m11 = mass * center**2 + inertia + mass * length**2 + m22 + 2 * coupling * cos(second)
        weight2 = mass * g * center * sin(first + second)
        weight1 = (mass * center + mass * length) * g * sin(first) + weight2
        swing1 = -coupling * sin(second) * (2 * spin1 * spin2 + spin2**2)
        swing2 = coupling * sin(second) * spin1**2
        return [spin1, spin2, *solve(m11, m12, m12, m22, -swing1 - weight1, torque - swing2 - weight2)]

    def ahead(along, time):
        return [at + time * rate for at, rate in zip(state, along)]

    k1 = slope(state)
    k2 = slope(ahead(k1, dt / 2))
    k3 = slope(ahead(k2, dt / 2))
    k4 = slope(ahead(k3, dt))
    q = [at + dt * (a + 2 * b + 2 * c + d) / 6 for at, a, b, c, d in zip(state, k1, k2, k3, k4)]
    for i in (0, 1):
        while q[i] > pi:
            q[i] -= 2 * pi
        while q[i] < -pi:
            q[i] += 2 * pi
    q[2] = max(-4 * pi, min(4 * pi, q[2]))
    q[3] = max(-9 * pi, min(9 * pi, q[3]))
    there = -cos(q[0]) - cos(q[0] + q[1]) > 1.0
    seen = [cos(q[0]), sin(q[0]), cos(q[1]), sin(q[1]), q[2], q[3]]
    return q, 0.0 if there else -1.0, 0 if there else 1, seen


CART_POLE = ((2.3, 2, 0.2, 2), [[2.39, 1, 0, 0], [-2.39, -1, 0, 0], [0, 0, 0.2, 1.5], [0, 0, -0.2, -1.5]])
MOUNTAIN_CAR = (
    (0.5, 0.07),
    [[-1.19, -0.05], [-1.2, 0], [0.48, 0.05], [0.44, 0.03], [0.5, -0.01], [0.58, 0.069], [0.3, -0.07]],
)
WORLDS = {
    # how far random states reach, states where a rule bites, actions, and the step
    'cart-pole': (*CART_POLE, [0, 1], lambda s, a: cart_pole(s, 10.0 if a == 1 else -10.0)),
    'continuous-cart-pole': (*CART_POLE, [-1, -0.25, 0, 0.5, 1], lambda s, a: cart_pole(s, 10.0 * a)),
    'pendulum': ((6, 8), [[pi, 0], [0, 0], [0.5, 7.9], [-0.5, -7.9], [10, 1]], [-2, -0.5, 0, 1.25, 2], pendulum),
    'mountain-car': (*MOUNTAIN_CAR, [0, 1, 2], mountain_car),
    'continuous-mountain-car': (*MOUNTAIN_CAR, [-1, -0.5, 0, 0.75, 1], continuous_mountain_car),
    'acrobot': (
        (3, 3, 5, 8),
        [[3.1, 0, 2, 0], [-3.1, 0, -2, 0], [0, 3.1, 0, 3], [0, 0, 12.5, -28], [2.9, 0.1, 0.5, 0], [2.5, 2.8, 11.3, -21.8]],
        [0, 1, 2],
        acrobot,
    ),
}

if __name__ == '__main__':
    print('# Made by: python3 test/golden/gymnasium.py > test/golden/gymnasium.txt')
    for name, (reach, edges, actions, step) in WORLDS.items():
        dice = random.Random(name)
        states = edges + [[dice.uniform(-far, far) for far in reach] for _ in range(12)]
        for state in states:
            action = dice.choice(actions)
            following, reward, discount, seen = step([float(at) for at in state], action)
            print(json.dumps({
                'world': name, 'state': state, 'action': action,
                'next': following, 'reward': reward, 'discount': discount, 'observation': seen,
            }))
