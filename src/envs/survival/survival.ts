/**
 * Survival: stay alive on a small map, and get from wood by way of tools to ore.
 *
 * A world of our own after the idea of Hafner, Benchmarking the Spectrum of Agent Capabilities (2021), Crafter: achievements
 * that build on each other, needs that must be met meanwhile, and a view of the surroundings only.
 *
 * Rules. Whoever walks looks where they go, and grass alone can be walked on. `use` takes from the square ahead: wood of a
 * tree; stone with a wooden pickaxe and ore with one of stone, both of which leave grass; food of a bush, which then is
 * bare for a while; water. A workbench takes 2 wood; beside it a wooden pickaxe takes 1 wood, then one of stone 1 wood and 1
 * stone. A stone can be put onto grass or water. Of 9 each, food falls by 1 every 25 steps, water every 20, and energy every
 * 30, every 15 by night; eating gives 4, drinking 3, resting 1. While any of them is 0, health falls by 1 every 5 steps, else it
 * rises by 1 every 10; without health the episode ends. Of 100 steps the last 40 are night, when one sees 1 square far.
 *
 * Rewards: 1 for whatever is achieved for the first time, 0.1 for each health that is won, -0.1 for each that is lost.
 */
import { z } from 'zod';
import type { Environment } from '../../core/environment.ts';
import { checkOptions } from '../../core/options.ts';
import type { Rng } from '../../core/rng.ts';
import { box, type Discrete, discrete } from '../../core/spaces.ts';
import {
  BARE_BUSH,
  BUSH,
  GRASS,
  KINDS,
  makeLand,
  middleOf,
  neighbour,
  neighbours,
  ORE,
  STONE,
  TREE,
  WATER,
  WORKBENCH,
} from './land.ts';
import { survivalPicture } from './picture.ts';

export const SURVIVAL_ACTIONS = [
  'rest',
  'north',
  'east',
  'south',
  'west',
  'use',
  'put workbench',
  'make pickaxe',
  'put stone',
] as const;

export const SURVIVAL_ACHIEVEMENTS = [
  'drink',
  'eat',
  'rest',
  'wood',
  'workbench',
  'wooden pickaxe',
  'stone',
  'stone pickaxe',
  'ore',
  'stone put',
] as const;
export type Achievement = (typeof SURVIVAL_ACHIEVEMENTS)[number];

export interface SurvivalState {
  /** Kinds of squares, never written to. [size * size] */
  readonly land: Uint8Array;
  readonly at: number;
  /** 0 north, 1 east, 2 south, 3 west. */
  readonly facing: number;
  /** The rest in 0 .. 9. */
  readonly health: number;
  readonly food: number;
  readonly water: number;
  readonly energy: number;
  readonly wood: number;
  readonly stone: number;
  readonly ore: number;
  /** 0 none, 1 of wood, 2 of stone. */
  readonly pickaxe: number;
  readonly achieved: readonly Achievement[];
  readonly steps: number;
}

export const survivalOptions = z.strictObject({
  size: z.int().min(9).max(64).describe('squares along a side of the map'),
  sight: z.int().min(1).max(10).describe('squares that are seen in every direction by day'),
});
export type SurvivalOptions = z.infer<typeof survivalOptions>;
export const SURVIVAL_DEFAULTS: SurvivalOptions = { size: 16, sight: 3 };

const MOST = 9;
const DAY = 100;
const DUSK = 60;
/** Squares looked at in a step, of which bare bushes bear again. */
const GROWTH = 8;

/** By night as by day all is lived, but only the squares around are seen. */
export function isNight({ steps }: Pick<SurvivalState, 'steps'>): boolean {
  return steps % DAY >= DUSK;
}

/**
 * The survival world. Actions are {@link SURVIVAL_ACTIONS}; what cannot be done changes nothing.
 *
 * | observation                                                     | numbers                |
 * |-----------------------------------------------------------------|------------------------|
 * | squares around, row by row, each one-hot of its kind; 0 unseen   | (2 sight + 1)² x 8     |
 * | direction that is faced, one-hot                                 | 4                      |
 * | health, food, water, energy, wood, stone, ore, in ninths         | 7                      |
 * | pickaxe of wood, of stone; night                                 | 3                      |
 * | what has been achieved, in the order of {@link SURVIVAL_ACHIEVEMENTS}     | 10                     |
 *
 * Maps are such that all ten can be achieved. Over 20 of them random play returns 3.7 and lives 280 of 500 steps; a script that
 * sees the whole map achieves all ten and lives, which is 10, the best there is.
 */
export function survival(options: Partial<SurvivalOptions> = {}): Environment<SurvivalState, Discrete> {
  const { size, sight } = checkOptions('survival', survivalOptions, { ...SURVIVAL_DEFAULTS, ...options });
  const across = 2 * sight + 1;
  const seenOfLand = across * across * KINDS;
  return {
    name: 'survival',
    observation: box(0, 1, [seenOfLand + 24]),
    action: discrete(SURVIVAL_ACTIONS.length),
    maxSteps: 500,
    reset: (rng) => ({
      land: makeLand(size, rng),
      at: middleOf(size),
      facing: 2,
      health: MOST,
      food: MOST,
      water: MOST,
      energy: MOST,
      wood: 0,
      stone: 0,
      ore: 0,
      pickaxe: 0,
      achieved: [],
      steps: 0,
    }),
    step(state, action, rng) {
      if (state.health === 0) return { state, reward: 0, discount: 0 };
      const done = acted(state, action, size);
      const next = lived({ ...state, ...done, steps: state.steps + 1 }, rng);
      const achieved = next.achieved.length - state.achieved.length;
      return {
        state: next,
        reward: achieved + 0.1 * (next.health - state.health),
        discount: next.health === 0 ? 0 : 1,
      };
    },
    observe(state) {
      const seen = new Float32Array(seenOfLand + 24);
      const far = isNight(state) ? 1 : sight;
      const [row, column] = [Math.floor(state.at / size), state.at % size];
      for (let down = -far; down <= far; down++) {
        for (let right = -far; right <= far; right++) {
          const [r, c] = [row + down, column + right];
          if (r < 0 || r >= size || c < 0 || c >= size) continue;
          const place = (down + sight) * across + right + sight;
          seen[place * KINDS + state.land[r * size + c]] = 1;
        }
      }
      seen[seenOfLand + state.facing] = 1;
      const { health, food, water, energy, wood, stone, ore, pickaxe } = state;
      seen.set(
        [health, food, water, energy, wood, stone, ore].map((count) => count / MOST),
        seenOfLand + 4,
      );
      seen.set([pickaxe > 0 ? 1 : 0, pickaxe > 1 ? 1 : 0, isNight(state) ? 1 : 0], seenOfLand + 11);
      seen.set(
        SURVIVAL_ACHIEVEMENTS.map((achievement) => (state.achieved.includes(achievement) ? 1 : 0)),
        seenOfLand + 14,
      );
      return seen;
    },
    picture: (state) => survivalPicture(state, size),
  };
}

const upTo = (count: number): number => Math.min(MOST, count);

/** What an action changes at once. */
function acted(state: SurvivalState, action: number, size: number): Partial<SurvivalState> {
  const { land, at, wood, stone, ore, energy, pickaxe } = state;
  const achieving = (achievement: Achievement) =>
    state.achieved.includes(achievement) ? {} : { achieved: [...state.achieved, achievement] };
  const name = SURVIVAL_ACTIONS[action];
  if (name === 'rest') {
    const rested = energy < MOST && energy + 1 === MOST ? achieving('rest') : {};
    return { energy: upTo(energy + 1), ...rested };
  }
  if (action <= 4) {
    const to = neighbour(at, action - 1, size);
    return { facing: action - 1, ...(to !== undefined && land[to] === GRASS && { at: to }) };
  }
  const ahead = neighbour(at, state.facing, size);
  const kind = ahead === undefined ? undefined : land[ahead];
  const turned = (to: number) => ({ land: land.with(ahead!, to) });
  switch (name) {
    case 'use':
      if (kind === WATER) return { water: upTo(state.water + 3), ...achieving('drink') };
      if (kind === BUSH) return { food: upTo(state.food + 4), ...turned(BARE_BUSH), ...achieving('eat') };
      if (kind === TREE) return { wood: upTo(wood + 1), ...achieving('wood') };
      if (kind === STONE && pickaxe >= 1)
        return { stone: upTo(stone + 1), ...turned(GRASS), ...achieving('stone') };
      if (kind === ORE && pickaxe === 2) return { ore: upTo(ore + 1), ...turned(GRASS), ...achieving('ore') };
      return {};
    case 'put workbench':
      if (kind !== GRASS || wood < 2) return {};
      return { wood: wood - 2, ...turned(WORKBENCH), ...achieving('workbench') };
    case 'make pickaxe': {
      const beside = neighbours(at, size).some((square) => land[square] === WORKBENCH);
      if (!beside || wood < 1) return {};
      if (pickaxe === 0) return { wood: wood - 1, pickaxe: 1, ...achieving('wooden pickaxe') };
      if (pickaxe > 1 || stone < 1) return {};
      return { wood: wood - 1, stone: stone - 1, pickaxe: 2, ...achieving('stone pickaxe') };
    }
    case 'put stone':
      if ((kind !== GRASS && kind !== WATER) || stone < 1) return {};
      return { stone: stone - 1, ...turned(STONE), ...achieving('stone put') };
    default:
      return {};
  }
}

/** What time changes. */
function lived(state: SurvivalState, rng: Rng): SurvivalState {
  const { steps } = state;
  const lessEvery = (count: number, period: number) =>
    steps % period === 0 ? Math.max(0, count - 1) : count;
  const food = lessEvery(state.food, 25);
  const water = lessEvery(state.water, 20);
  const energy = lessEvery(state.energy, isNight(state) ? 15 : 30);
  const lacking = food === 0 || water === 0 || energy === 0;
  let { health, land } = state;
  if (lacking) health = lessEvery(health, 5);
  else if (steps % 10 === 0) health = upTo(health + 1);
  for (let i = 0; i < GROWTH; i++) {
    const square = rng.integer(land.length);
    if (land[square] === BARE_BUSH) land = land.with(square, BUSH);
  }
  return { ...state, food, water, energy, health, land };
}
