import { describe, expect, test } from 'vitest';
import { checkOptions } from '../../core/options.ts';
import { Rng } from '../../core/rng.ts';
import { type Box, box, elementSize, joined, pictureBox } from '../../core/spaces.ts';
import { compile, isTensor, type Tensor, tensor, zeros } from '../../engine/index.ts';
import { mapTree, type Traced, type TracedTree, type Tree } from '../../engine/tree.ts';
import { gradientError } from '../../nn/finite-differences.ts';
import { toArrays } from '../../nn/index.ts';
import { type Lesson, rssmLosses } from './losses.ts';
import { type RssmParams, rssmNetwork, type TracedRssm } from './network.ts';
import { type RssmOptions, rssmOptions } from './options.ts';
import { type DecoderParams, type EncoderParams, encodable, type SensesParams, sensesOf } from './senses.ts';

const f32 = (shape: readonly number[], ...values: number[]) => tensor(Float32Array.from(values), shape);
const uniform = (rng: Rng, ...shape: number[]) =>
  tensor(rng.fillUniform(new Float32Array(shape.reduce((a, b) => a * b))), shape);
const tiny: Partial<RssmOptions> = {
  deterministic: 2,
  variables: 1,
  classes: 2,
  blocks: 1,
  hidden: 2,
  units: 3,
  layers: 1,
  bins: 3,
  unimix: 0,
  depth: 2,
};
const optionsOf = (given: Partial<RssmOptions> = {}) =>
  checkOptions('rssm', rssmOptions, { ...tiny, ...given });
const sensesFor = (space: Box, given: Partial<RssmOptions> = {}) =>
  sensesOf(
    { D: elementSize(space), parts: encodable('test', space), features: 5, epsilon: 1e-2 },
    optionsOf(given),
  );
const both = joined({
  speed: box(-9, 9, [1]),
  camera: pictureBox([5, 6, 1]),
  place: box(-9, 9, [2]),
  other: pictureBox([4, 4, 3]),
});

describe('pictures and vectors', () => {
  test.each([
    ['a picture of odd sizes', pictureBox([9, 7, 1])],
    ['colours', pictureBox([8, 8, 3])],
    ['two vectors and two pictures', both],
  ])('gradients: %s', async (_, space) => {
    const senses = sensesFor(space, { activation: 'tanh', norm: 'layer' });
    const rng = Rng.from('senses');
    const at = {
      encoder: senses.encoder.init(rng),
      decoder: senses.decoder.init(rng),
      seen: uniform(rng, 2, elementSize(space)),
      features: uniform(rng, 2, 5),
    };
    const said = ({ encoder, decoder, seen, features }: TracedTree<typeof at>) =>
      senses.encoder
        .apply(encoder as TracedTree<EncoderParams>, senses.squash(seen))
        .sum(-1)
        .add(senses.decoder.apply(decoder as TracedTree<DecoderParams>, features).sum(-1));
    expect(await gradientError(said, at, 4e-3)).toBeLessThan(4e-3);
  });

  test.each([4, 5, 7, 8, 9, 17, 32, 48])('of %i rows and columns go in and come out', async (size) => {
    const senses = sensesFor(pictureBox([size, size + 1, 1]));
    const rng = Rng.from(size);
    const program = compile(
      (e: TracedTree<EncoderParams>, d: TracedTree<DecoderParams>, x: Traced, z: Traced) => ({
        code: senses.encoder.apply(e, senses.squash(x)),
        looks: senses.unsquash(senses.decoder.apply(d, z)),
      }),
    );
    const { code, looks } = await program(
      senses.encoder.init(rng),
      senses.decoder.init(rng),
      uniform(rng, 3, size * (size + 1)),
      uniform(rng, 3, 5),
    );
    expect(code.shape).toEqual([3, senses.size]);
    expect(looks.shape).toEqual([3, size * (size + 1)]);
    expect(looks.data.every((light) => light > 0 && light < 1)).toBe(true);
  });

  test('are apart: each part is squashed, encoded and decoded by itself, and comes back at its place', async () => {
    const senses = sensesFor(both);
    const rng = Rng.from('apart');
    const D = elementSize(both);
    const seen = uniform(rng, 1, D);
    const round = await compile((x: Traced) => senses.unsquash(senses.squash(x)))(seen);
    seen.data.forEach((value, i) => {
      expect(round.data[i]).toBeCloseTo(value, 5);
    });
    const squashed = await compile(senses.squash)(seen);
    expect(squashed.data[0]).toBeCloseTo(Math.log(1 + seen.data[0]), 5); // speed
    expect(squashed.data[1]).toBeCloseTo(seen.data[1] - 0.5, 6); // camera
    expect(squashed.data[31]).toBeCloseTo(Math.log(1 + seen.data[31]), 5); // place
    expect(squashed.data[33]).toBeCloseTo(seen.data[33] - 0.5, 6); // other

    // the decoder of zeros says 1/2 of every pixel, and of a vector its last bias
    const blank = mapTree(
      isTensor,
      ({ shape }) => zeros(shape),
      senses.decoder.init(rng) as unknown as Tree<Tensor>,
    ) as unknown as SensesParams;
    blank.vectors!.layers[1].dense.bias = f32([3], 1, 2, 3);
    const looks = await compile((p: TracedTree<DecoderParams>, z: Traced) => senses.decoder.apply(p, z))(
      blank,
      uniform(rng, 1, 5),
    );
    expect([...looks.data]).toEqual([1, ...new Array(30).fill(0), 2, 3, ...new Array(48).fill(0)]);

    const params = senses.encoder.init(rng);
    const encode = compile((p: TracedTree<EncoderParams>, x: Traced) => senses.encoder.apply(p, x));
    const code = async (change: number) => {
      const data = (seen.data as Float32Array).map((x, i) => (i === change ? x + 0.3 : x));
      return [...(await encode(params, tensor(data, [1, D]))).data];
    };
    const plain = await code(-1);
    // camera: 5 x 6 is 2 x 2 places of 2 channels; other: 1 x 1 place of 2 channels; then 3 units for vectors
    const moved = async (i: number) => (await code(i)).flatMap((x, at) => (x === plain[at] ? [] : [at]));
    expect(plain.length).toBe(13);
    expect(await moved(1)).toEqual([0, 1]);
    expect(await moved(40)).toEqual([8, 9]);
    expect((await moved(31)).every((at) => at >= 10)).toBe(true);
  });
});

test('a worked example: the squared error of a picture is summed over its pixels', async () => {
  const options = optionsOf();
  const space = joined({ camera: pictureBox([4, 4, 1]), speed: box(-9, 9, [1]) });
  const net = rssmNetwork({ D: 17, F: 1, parts: encodable('test', space) }, options);
  const params = mapTree(
    isTensor,
    ({ shape }) => zeros(shape),
    net.init(Rng.from(1)) as unknown as Tree<Tensor>,
  ) as unknown as RssmParams;
  const decoder = params.decoder as SensesParams;
  // one patch of 4 x 4: its biases are the logits of its pixels; the first says 3/4
  decoder.pictures.camera[1].dense.bias = f32([16], Math.log(3), ...new Array<number>(15).fill(0));
  const bright = (pixel: number, speed: number) => [
    ...Array.from({ length: 16 }, (_, i) => (i === pixel ? 1 : 0.5)),
    speed,
  ];
  const lesson: Lesson | Record<string, Tensor> = {
    // first moment: pixel 0 is 1 where 3/4 is said; symlog of the speed e - 1 is 1 where 0 is said: 1/16 + 1
    // second: pixel 0 is 1/2 where 3/4 is said, pixel 5 is 1 where 1/2 is said: 1/16 + 1/4
    observations: f32([2, 1, 17], ...bright(0, Math.E - 1), ...bright(5, 0)),
    actions: f32([2, 1, 1], 0, 1),
    rewards: f32([2, 1], 0, 0),
    continues: f32([2, 1], 1, 0),
    first: f32([2, 1], 1, 0),
    dice: f32([2, 1, 1], 0.2, 0.9),
  };
  const program = compile((p: TracedRssm, l: Lesson) => rssmLosses(net, options)(p, l).terms);
  const { reconstruction } = await program(params, lesson as never);
  expect(reconstruction.data[0]).toBeCloseTo((1 / 16 + 1 + 1 / 16 + 1 / 4) / 2, 5);
});

test('worlds that show vectors have the parameters they always had', () => {
  const plain = rssmNetwork({ D: 3, F: 1 }, optionsOf()).init(Rng.from(1));
  const parts = encodable('test', box(-1, 1, [3]));
  expect(rssmNetwork({ D: 3, F: 1, parts }, optionsOf()).init(Rng.from(1))).toEqual(plain);
  expect(Object.keys(toArrays(plain)).filter((name) => name.startsWith('encoder'))).toEqual([
    'encoder.layers.0.dense.bias',
    'encoder.layers.0.dense.weight',
    'encoder.layers.0.norm.scale',
  ]);
});

test.each([
  [
    'other axes',
    box(0, 1, [2, 8, 8]),
    'the observation must be a vector, or a picture [height, width, 1 or 3]',
  ],
  ['small pictures', box(0, 1, [3, 8, 1]), 'of 4 x 4 or more with numbers from 0 to 1, got shape [3,8,1]'],
  ['other bounds', box(0, 255, [8, 8, 1]), 'got shape [8,8,1] with other bounds'],
  ['matrices', joined({ map: box(0, 1, [8, 8]) }), 'part "map" of the observation must be a vector'],
])('%s are refused', (_, space, message) => {
  expect(() => encodable('dreamer-v3', space)).toThrow(message);
});
