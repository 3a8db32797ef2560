/** Checks of the contracts, for worlds of your own. They throw an InputError that lists all problems; any test framework will do. */
export {
  type CheckEnvironmentOptions,
  checkEnvironment,
  environmentProblems,
} from './environment.ts';
