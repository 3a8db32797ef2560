/** Locks a folder, tells so, and holds it until it is killed or its input ends. */
import { lockFolder } from '../../src/run/files/lock.ts';

const lock = lockFolder(process.argv[2]);
process.stdout.write('held\n');
process.stdin.on('end', () => lock.release()).resume();
