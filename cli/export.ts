/** forethought export: a trained agent's networks as ONNX files, checked against our own output before they are written. */
import { extname } from 'node:path';
import type { Command } from 'commander';
import type { NetworkExport } from '../src/core/agent.ts';
import { InputError, NumericalError } from '../src/core/errors.ts';
import type { SavedArray } from '../src/core/saved.ts';
import { runOnnx } from '../src/engine/backends/onnxruntime.ts';
import { tensor } from '../src/engine/tensor.ts';
import { writeWhole } from '../src/run/files/index.ts';
import { build } from '../src/run/recipe.ts';
import { orderOf, type Surroundings, trainedRun } from './surroundings.ts';

/** How far two programs may be apart, relative to the size of the numbers: float32 sums in another order. */
const TOLERANCE = 1e-4;

export function addExport(program: Command, surroundings: Surroundings): void {
  program
    .command('export')
    .summary("write an agent's networks as ONNX files")
    .description("Write the networks of a run's agent, as they were at the last checkpoint, as ONNX files.")
    .argument('<run dir>', 'folder of a run')
    .requiredOption('--onnx <file>', 'file to write; with several networks, each gets its name added')
    .addHelpText('after', EXAMPLES)
    .action((path: string, { onnx }: { onnx: string }) => exportRun(surroundings, path, onnx));
}

async function exportRun(surroundings: Surroundings, path: string, file: string): Promise<void> {
  const { record, checkpoint } = trainedRun(path);
  const { agent } = await build(orderOf(surroundings, { record }));
  agent.load(checkpoint.agent);
  const networks = Object.entries((await agent.networks?.()) ?? {});
  if (networks.length === 0)
    throw new InputError(
      `${path}: the agent must have networks to export, got "${agent.name}", which has none.`,
    );
  const differences: number[] = [];
  for (const [name, network] of networks) differences.push(await difference(name, network));
  networks.forEach(([name, network], i) => {
    const target = networks.length === 1 ? file : named(file, name);
    writeWhole(target, network.onnx);
    surroundings.stdout.write(
      `${target}  ${name}: ${shapes(network.inputs)} -> ${shapes(network.outputs)}  ` +
        `(differs from our own output by at most ${differences[i].toPrecision(2)})\n`,
    );
  });
}

/** The largest difference between what a file computes and what we do. @throws NumericalError where it is too large */
async function difference(name: string, { onnx, inputs, outputs }: NetworkExport): Promise<number> {
  const feeds = Object.entries(inputs).map(([input, { data, shape }]) => [
    input,
    tensor(data instanceof Float64Array ? Float32Array.from(data) : data, shape),
  ]);
  const results = await runOnnx(onnx, Object.fromEntries(feeds));
  let largest = 0;
  for (const [output, ours] of Object.entries(outputs)) {
    const theirs = results[output]?.data;
    if (theirs?.length !== ours.data.length) {
      throw new NumericalError(
        `${name}: output "${output}" of the file must hold ${ours.data.length} numbers, got ${theirs?.length ?? 'none'}.`,
      );
    }
    for (let i = 0; i < theirs.length; i++) {
      const apart = Math.abs(theirs[i] - ours.data[i]);
      // written so that NaN fails
      if (!(apart <= TOLERANCE * (1 + Math.abs(ours.data[i])))) {
        throw new NumericalError(
          `${name}: output "${output}" of the file must be our own, got a difference of ${apart} at index ${i}. Nothing was written.`,
        );
      }
      largest = Math.max(largest, apart);
    }
  }
  return largest;
}

/** `world.onnx` for a network called `value` is `world-value.onnx`. */
function named(file: string, name: string): string {
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}-${name}${extension}`;
}

function shapes(arrays: Readonly<Record<string, SavedArray>>): string {
  return Object.entries(arrays)
    .map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)
    .join(', ');
}

const EXAMPLES = `
Examples:
  forethought export runs/pets-cartpole-0 --onnx world.onnx
`;
