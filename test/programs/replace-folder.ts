/** Replaces a folder by newer and newer versions until it is killed; tells each that is done. */
import { writeFolderWhole } from '../../src/run/files/disk.ts';

const [path] = process.argv.slice(2);
for (let version = 1; ; version++) {
  const text = `${version}\n`.repeat(2000);
  writeFolderWhole(path, { a: text, b: text, c: new TextEncoder().encode(text) });
  process.stdout.write(`${version}\n`);
}
