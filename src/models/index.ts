export * from './ensemble/index.ts';
export * from './exact.ts';
export * from './guided.ts';
export { type TracedModel, type TracedOptions, traced } from './traced.ts';
