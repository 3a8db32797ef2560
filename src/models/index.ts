export * from './ensemble/index.ts';
export * from './evaluated.ts';
export * from './exact.ts';
export * from './guided.ts';
export * from './playouts.ts';
export { type RssmModel, type RssmOptions, type RssmState, rssmDefaults, rssmOptions } from './rssm/index.ts';
export { type TracedModel, type TracedOptions, traced } from './traced.ts';
