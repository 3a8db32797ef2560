/**
 * Forethought: learn a world, then plan, search and dream in it.
 *
 * Writing run folders and reading them is in `forethought/files` (Node only), contract checks for your own worlds,
 * models and planners in `forethought/testing`.
 */

export * from './agents/index.ts';
export * from './core/index.ts';
export * from './engine/index.ts';
export * from './envs/index.ts';
export * from './math/index.ts';
export * from './models/index.ts';
/** Layers, distributions, optimisers: `nn.mlp(...)`, `nn.normal(...)`, `nn.adam(...)`. */
export * as nn from './nn/index.ts';
export * from './parallel/index.ts';
export * from './planners/index.ts';
export * from './run/index.ts';
