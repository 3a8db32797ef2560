/** Runs kept in files, for Node: `forethought/files`. */
export { onDisk, writeWhole } from './disk.ts';
export { isFinished, isRun, RunFolder, type RunOnDisk, type RunRecord, readRun } from './folder.ts';
export {
  duration,
  jsonLines,
  type Terminal,
  type TerminalOptions,
  type TextStream,
  terminal,
} from './sinks.ts';
export { recordOf, type TrainOptions, train } from './train.ts';
