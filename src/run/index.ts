export {
  CONTEXT,
  type Course,
  DREAM_STEPS,
  type Dream,
  type DreamOptions,
  dream,
  dreamOf,
} from './dream.ts';
export { type EloOptions, elo, eloDifference, type Rating } from './elo.ts';
export * from './episode.ts';
export * from './evaluate.ts';
export * from './events.ts';
export { type Exhaustive, type ExhaustiveOptions, playExhaustively } from './exhaustive.ts';
export * from './judge.ts';
export {
  type Climb,
  type ClimbOptions,
  calibrate,
  climb,
  type LadderMoment,
  type LadderOptions,
  standardRungs,
} from './ladder.ts';
export {
  demandGame,
  isGameForTwo,
  type Match,
  type MatchMoment,
  type MatchOptions,
  type Pairing,
  playMatch,
  resultOf,
  scoreOf,
  type Tally,
} from './match.ts';
export * from './options.ts';
export * from './recipe.ts';
export { foresightOf, record, recordDream } from './record.ts';
export * from './replay.ts';
export { type AnimationData, renderAnimation } from './report/animation.ts';
export { type DreamData, renderDream } from './report/dream.ts';
export { type ReportData, renderReport } from './report/index.ts';
export * from './run.ts';
export { timed } from './timed.ts';
export * from './version.ts';
