import { expect, test } from 'vitest';
import { type Environment, type Picture, Rng, type Shape, type Space, sample } from '../core/index.ts';
import { cartPole } from '../envs/cart-pole.ts';
import { mountainCar } from '../envs/mountain-car.ts';
import { pendulum } from '../envs/pendulum.ts';
import { type Marker, markerOf, pointAt } from './marker.ts';

function picturesOf<S, A extends Space>(world: Environment<S, A>): { states: S[]; pictures: Picture[] } {
  const rng = Rng.from(3);
  const states = [world.reset(rng)];
  while (states.length < 40)
    states.push(world.step(states[states.length - 1], sample(world.action, rng), rng).state);
  return { states, pictures: states.map((state) => world.picture!(state)) };
}

/** Where the marker of an episode of random actions goes. */
function traceOf<S, A extends Space>(world: Environment<S, A>) {
  const { states, pictures } = picturesOf(world);
  const marker = markerOf(pictures) as Marker;
  return { states, points: pictures.map((picture) => pointAt(picture, marker)!) };
}

test('it is the far end of a pole, and the car', () => {
  const swing = traceOf(pendulum());
  swing.points.forEach(([x, y]) => {
    expect(Math.hypot(x, y)).toBeCloseTo(Math.hypot(...swing.points[0]), 5);
    expect(Math.hypot(x, y)).toBeGreaterThan(0.5);
  });
  const pole = traceOf(cartPole());
  const distances = pole.points.map(([x, y], t) => Math.hypot(x - pole.states[t].position, y));
  expect(Math.min(...distances)).toBeGreaterThan(0.5);
  const car = traceOf(mountainCar());
  car.points.forEach(([x], t) => {
    expect(Math.abs(x - car.states[t].position)).toBeLessThan(0.1);
  });
});

const picture = (...shapes: Shape[]): Picture => ({
  view: { left: -1, right: 1, bottom: -1, top: 1 },
  shapes,
});
const disc = (x: number, ink: Shape['ink'] = 'body'): Shape => ({
  kind: 'disc',
  center: [x, 0],
  radius: 1,
  ink,
});

test('what moves most, scenery aside', () => {
  const marker = markerOf([
    picture(disc(0, 'goal'), disc(0), disc(0)),
    picture(disc(9, 'goal'), disc(1), disc(-2)),
  ]);
  expect(marker).toEqual({ shape: 2, point: 0 });
  expect(pointAt(picture(disc(5)), marker!)).toBeUndefined();
});

test('nothing where nothing moves, or where pictures have nothing in common', () => {
  expect(markerOf([picture(disc(1)), picture(disc(1))])).toBeUndefined();
  expect(markerOf([picture(disc(1)), picture()])).toBeUndefined();
  expect(markerOf([picture()])).toBeUndefined();
});

test('the middle of a polygon', () => {
  const square = (x: number): Shape => ({
    kind: 'polygon',
    points: [
      [x, 0],
      [x + 2, 0],
      [x + 2, 4],
      [x, 4],
    ],
    ink: 'body',
  });
  expect(pointAt(picture(square(1)), markerOf([picture(square(0)), picture(square(1))])!)).toEqual([2, 2]);
});
