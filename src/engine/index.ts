export type { Backend, BackendOptions, Executable } from './backend.ts';
export { type CompileOptions, compile, type Program } from './compile.ts';
export { type CompilingEvent, watchCompiling } from './compiling.ts';
export { type CheckOptions, checkExport, type ExportOptions, exportOnnx, type RunModel } from './export.ts';
export {
  feature,
  features,
  neverEnds,
  type TracedDiscount,
  type TracedDynamics,
  type TracedReward,
  type TracedStep,
} from './rules.ts';
export * from './tensor.ts';
export type { ArgumentTree, TensorTree, Traced, TracedTree, Tree } from './tree.ts';
