export * from './ensemble/index.ts';
export * from './exact.ts';
