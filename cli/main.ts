#!/usr/bin/env node
/** The forethought program: the only place that looks at the process's arguments. */
import { recipes } from '../recipes/index.ts';
import { runProcess } from './process.ts';

await runProcess(process.argv.slice(2), recipes);
