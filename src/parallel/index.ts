export * from './parallel.ts';
export type { WorldModule, WorldSource } from './source.ts';
