export * from './angle.ts';
export * from './cholesky.ts';
export * from './dirichlet.ts';
export * from './returns.ts';
export * from './statistics.ts';
export * from './symlog.ts';
export * from './two-hot.ts';
