/** Checks of the contracts, for worlds, models and planners of your own. They throw an InputError that lists all problems; any test framework will do. */
export {
  type CheckEnvironmentOptions,
  checkEnvironment,
  environmentProblems,
} from './environment.ts';
export { type CheckGameOptions, checkGame, gameProblems } from './game.ts';
export { type CheckModelOptions, checkModel, modelProblems } from './model.ts';
export {
  type CheckPlannerOptions,
  checkPlanner,
  type PlanningProblem,
  plannerProblems,
} from './planner.ts';
