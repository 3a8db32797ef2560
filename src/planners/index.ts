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
export { randomShooting, type ShootingOptions, shootingDefaults, shootingOptions } from './shooting.ts';
