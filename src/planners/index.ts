export {
  type CemCarry,
  type CemOptions,
  cem,
  cemDefaults,
  cemOptions,
} from './cem.ts';
export {
  type GradientShootingCarry,
  type GradientShootingOptions,
  gradientShooting,
  gradientShootingDefaults,
  gradientShootingOptions,
} from './gradient-shooting.ts';
export { type GumbelOptions, gumbel, gumbelDefaults, gumbelOptions } from './gumbel.ts';
export { type IcemCarry, type IcemOptions, icem, icemDefaults, icemOptions } from './icem.ts';
export {
  type IlqrCarry,
  type IlqrOptions,
  type IlqrStop,
  ilqr,
  ilqrDefaults,
  ilqrOptions,
} from './ilqr/index.ts';
export { type MppiCarry, type MppiOptions, mppi, mppiDefaults, mppiOptions } from './mppi.ts';
export { type PuctOptions, puct, puctDefaults, puctOptions } from './puct.ts';
export { randomShooting, type ShootingOptions, shootingDefaults, shootingOptions } from './shooting.ts';
export {
  type Moves,
  type SearchCarry,
  type SearchOptions,
  searchDefaults,
  searchOptions,
} from './tree/search.ts';
export type { Tree as SearchTree } from './tree/tree.ts';
export { type UctOptions, uct, uctDefaults, uctOptions } from './uct.ts';
