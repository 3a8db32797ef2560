export * from './events.ts';
export * from './recipe.ts';
export * from './replay.ts';
export * from './run.ts';
