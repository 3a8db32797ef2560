export * from './evaluate.ts';
export * from './events.ts';
export * from './options.ts';
export * from './recipe.ts';
export * from './replay.ts';
export { type ReportData, renderReport } from './report/index.ts';
export * from './run.ts';
export * from './version.ts';
