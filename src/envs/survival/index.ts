/** The survival world: its rules are in `survival.ts`, its maps in `land.ts`. */
export {
  type Achievement,
  SURVIVAL_ACHIEVEMENTS,
  SURVIVAL_ACTIONS,
  SURVIVAL_DEFAULTS,
  type SurvivalOptions,
  type SurvivalState,
  survival,
  survivalOptions,
} from './survival.ts';
