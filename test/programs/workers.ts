/** The threads of Node, started from a bundle: made when the first is started. */
import { pathToFileURL } from 'node:url';
import { nodeWorkers } from '../../src/parallel/backends/node.ts';
import { bundle } from './bundle.ts';

let entry: Promise<string> | undefined;

export const workers = nodeWorkers(async () => {
  entry ??= bundle('src/thread.ts');
  return pathToFileURL(await entry);
});
