/** Forethought: learn a world, then plan, search and dream in it. */
export * from './core/index.ts';
