/** Runs kept in files, for Node: `forethought/files`. */
export { onDisk, writeWhole } from './disk.ts';
export {
  earlierSteps,
  isFinished,
  isRun,
  RunFolder,
  type RunOnDisk,
  type RunRecord,
  readEarlier,
  readRun,
} from './folder.ts';
export {
  duration,
  jsonLines,
  type Terminal,
  type TerminalOptions,
  type TextStream,
  terminal,
} from './sinks.ts';
export { recordOf, type TrainOptions, train } from './train.ts';
