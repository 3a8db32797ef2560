/** The program of a worker thread of Node. */
import { parentPort } from 'node:worker_threads';
import { serve, type ToWorker } from '../serve.ts';

const port = parentPort!;
const take = serve((message) => port.postMessage(message));
port.on('message', (message: ToWorker) => void take(message));
