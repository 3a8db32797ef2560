import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { grad, lax, numpy as np } from '@jax-js/jax';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { type CompilingEvent, watchCompiling } from '../compiling.ts';
import { scalar, tensor } from '../tensor.ts';
import type { Traced } from '../tree.ts';
import { graphFolder, keptGraphs, usersGraphs } from './kept-graphs.ts';
import { onnxRuntime } from './onnxruntime.ts';

let folder: string;
let stop: () => void;
let told: CompilingEvent[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graphs-'));
  told = [];
  stop = watchCompiling((event) => told.push(event));
});
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What another process would see: nothing is kept but the files. */
const backendOf = (made = 'version 1', limit?: number) => onnxRuntime(() => keptGraphs(folder, made, limit));
const files = () => readdirSync(folder).sort();
const messages = () => told.flatMap((event) => (event.type === 'trouble' ? [event.message] : []));

const x = tensor(
  Float32Array.from({ length: 12 }, (_, i) => Math.sin(i * 1.7) * 3),
  [3, 4],
);

/** x times a factor that the identity tells, and how often it was traced. */
function scaling(factor: number, backend: ReturnType<typeof backendOf>, name = 'scaling') {
  const count = { traced: 0 };
  const program = compile(
    (of: { x: Traced }) => {
      count.traced++;
      return { scaled: [of.x.mul(factor)], sum: np.sum(of.x) };
    },
    { name, backend, identity: `times ${factor}` },
  );
  return { program, count };
}

describe('graphs kept on the disk', () => {
  it('are loaded without tracing, and compute the same', async () => {
    const first = scaling(2, backendOf());
    const before = await first.program({ x });
    expect(first.count.traced).toBe(1);
    const second = scaling(2, backendOf());
    const after = await second.program({ x });
    expect(second.count.traced).toBe(0);
    expect(after).toEqual(before);
    expect(after.scaled[0].data).toEqual(x.data.map((number) => number * 2));
    expect(files()).toHaveLength(1);
  });

  it('compute the same to the bit as those never kept, also what the runtime lays out anew', async () => {
    const kernel = tensor(
      Float32Array.from({ length: 72 }, (_, i) => Math.cos(i)),
      [4, 2, 3, 3],
    );
    const pictures = tensor(
      Float32Array.from({ length: 256 }, (_, i) => Math.sin(i * i)),
      [2, 2, 8, 8],
    );
    const weight = tensor(
      Float32Array.from({ length: 64 * 5 }, (_, i) => Math.sin(3 * i)),
      [64, 5],
    );
    const lossOf = (params: { kernel: Traced; weight: Traced }, pictures: Traced) => {
      const seen = np.tanh(lax.convGeneralDilated(pictures, params.kernel, [2, 2], 'SAME'));
      const out = np.dot(seen.reshape([2, 64]), params.weight);
      return np.mean(np.square(np.exp(out.mul(0.1)).sub(np.sum(out, -1, { keepdims: true }))));
    };
    const step = (params: { kernel: Traced; weight: Traced }, pictures: Traced) => ({
      loss: lossOf(params, pictures),
      gradients: grad(lossOf)(params, pictures),
    });
    const params = { kernel, weight };
    const never = await compile(step, { backend: onnxRuntime(() => undefined) })(params, pictures);
    const made = await compile(step, { backend: backendOf(), identity: 'step' })(params, pictures);
    const loaded = await compile(
      (..._: Parameters<typeof step>): ReturnType<typeof step> => {
        throw new Error('traced again');
      },
      { name: 'step', backend: backendOf(), identity: 'step' },
    )(params, pictures);
    expect(made).toEqual(never);
    expect(loaded).toEqual(never);
  });

  it('are told apart by name, identity, shapes, form and who made them', async () => {
    const row = tensor(x.data.slice(0, 4), [4]);
    const traced = async (factor: number, made: string, given: typeof x, name?: string) => {
      const { program, count } = scaling(factor, backendOf(made), name);
      const { scaled } = await program({ x: given });
      expect(scaled[0].data).toEqual(given.data.map((number) => number * factor));
      return count.traced;
    };
    expect(await traced(2, 'version 1', x)).toBe(1);
    expect(await traced(3, 'version 1', x)).toBe(1);
    expect(await traced(2, 'version 1', row)).toBe(1);
    expect(await traced(2, 'version 1', { ...x, shape: [4, 3] })).toBe(1);
    expect(await traced(2, 'version 2', x)).toBe(1);
    expect(await traced(2, 'version 1', x, 'another')).toBe(1);
    expect(await traced(2, 'version 1', x)).toBe(0);
    // the same leaves in another tree
    const pair = { backend: backendOf(), name: 'pair', identity: 'pair' };
    const one = scalar(1);
    await compile(({ a, b }: { a: Traced; b: Traced }) => a.sub(b.mul(2)), pair)({ a: one, b: one });
    const other = compile(([a, b]: [Traced, Traced]) => a.add(b), pair);
    expect((await other([one, one])).data[0]).toBe(2);
  });

  it('are none of programs that do not tell what they depend on', async () => {
    await compile((a: Traced) => a.add(1), { backend: backendOf() })(scalar(1));
    expect(files()).toEqual([]);
  });

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
    ['empty', () => Buffer.alloc(0)],
    ['of another kind', () => Buffer.from('hello\nworld\n')],
    [
      'changed in one byte',
      (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed[bytes.length - 30] ^= 1;
        return changed;
      },
    ],
  ])('are written anew where a file is %s, and it is told', async (_, damage) => {
    const { program } = scaling(2, backendOf());
    const before = await program({ x });
    const [name] = files();
    const path = join(folder, name);
    const sound = readFileSync(path);
    writeFileSync(path, damage(sound));
    const again = scaling(2, backendOf());
    expect(await again.program({ x })).toEqual(before);
    expect(again.count.traced).toBe(1);
    expect(messages()).toEqual([`${path}: a kept program is damaged. It is compiled and written anew.`]);
    expect(readFileSync(path)).toEqual(sound);
  });

  it('are written anew where the runtime cannot load one', async () => {
    const graphs = keptGraphs(folder, 'version 1');
    const identity = 'whatever is asked for';
    const kept = { ...graphs, find: () => graphs.find(identity) };
    const draft = graphs.draft(identity)!;
    writeFileSync(draft, 'no model');
    graphs.keep(identity, draft, { output: '*', inputs: [], outputs: [] });
    const program = compile((a: Traced) => a.add(1), { backend: onnxRuntime(() => kept), identity });
    expect((await program(scalar(1))).data[0]).toBe(2);
    expect(messages()).toHaveLength(1);
  });

  it('can be written by several at once', async () => {
    const programs = Array.from({ length: 4 }, () => scaling(2, backendOf()).program);
    const all = await Promise.all(programs.map((program) => program({ x })));
    for (const result of all) expect(result).toEqual(all[0]);
    expect(files()).toHaveLength(1);
    expect(messages()).toEqual([]);
  });

  it('take no more room than they may: the oldest go', async () => {
    await scaling(1, backendOf()).program({ x });
    const size = statSync(join(folder, files()[0])).size;
    const limit = size * 2 + 100;
    for (const [i, factor] of [2, 3].entries()) {
      for (const file of files()) utimesSync(join(folder, file), 1000 + i, 1000 + i);
      await scaling(factor, backendOf('version 1', limit)).program({ x });
    }
    expect(files()).toHaveLength(2);
    const last = scaling(3, backendOf());
    await last.program({ x });
    expect(last.count.traced).toBe(0);
  });

  it('are done without where nothing can be written, and it is told once', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const backend = onnxRuntime(() => keptGraphs(join(file, 'graphs'), 'version 1'));
    for (const factor of [2, 3]) {
      const { scaled } = await scaling(factor, backend).program({ x });
      expect(scaled[0].data[1]).toBe(Math.fround(x.data[1] * factor));
    }
    expect(messages()).toHaveLength(1);
    expect(messages()[0]).toContain('Set FORETHOUGHT_CACHE to another folder, or to off.');
  });
});

describe('the folder of kept graphs', () => {
  it('is where the environment says', () => {
    expect(graphFolder({ FORETHOUGHT_CACHE: 'off' }, 'linux')).toBeUndefined();
    expect(graphFolder({ FORETHOUGHT_CACHE: '/x', XDG_CACHE_HOME: '/y' }, 'linux')).toBe(
      join('/x', 'graphs'),
    );
    expect(graphFolder({ XDG_CACHE_HOME: '/y' }, 'linux')).toBe(join('/y', 'forethought', 'graphs'));
    const home = join(homedir(), '.cache', 'forethought', 'graphs');
    expect(graphFolder({}, 'linux')).toBe(home);
    expect(graphFolder({ XDG_CACHE_HOME: 'relative' }, 'linux')).toBe(home);
    expect(graphFolder({}, 'darwin')).toBe(join(homedir(), 'Library', 'Caches', 'forethought', 'graphs'));
    expect(graphFolder({ LOCALAPPDATA: '/z' }, 'win32')).toBe(join('/z', 'forethought', 'graphs'));
  });

  it('is none while tests run, and one where it is asked for', () => {
    expect(usersGraphs()).toBeUndefined();
    const graphs = usersGraphs({ FORETHOUGHT_CACHE: folder });
    expect(graphs?.find('anything')).toBeUndefined();
    expect(messages()).toEqual([]);
  });
});

describe('telling of compiling', () => {
  it('begins and ends with each program, also one that cannot be compiled', async () => {
    await compile((a: Traced) => a.add(1), { name: 'good' })(scalar(1));
    const bad = compile(
      (_: Traced): Traced => {
        throw new Error('no');
      },
      { name: 'bad' },
    );
    await expect(bad(scalar(1))).rejects.toThrow('no');
    expect(told.map((event) => [event.type, 'name' in event && event.name])).toEqual([
      ['compiling', 'good'],
      ['compiled', 'good'],
      ['compiling', 'bad'],
      ['compiled', 'bad'],
    ]);
  });
});
