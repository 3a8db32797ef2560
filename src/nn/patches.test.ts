import { describe, expect, test } from 'vitest';
import { Rng } from '../core/rng.ts';
import { compile } from '../engine/compile.ts';
import { type Tensor, tensor } from '../engine/tensor.ts';
import type { Traced, TracedTree } from '../engine/tree.ts';
import type { DenseParams } from './dense.ts';
import { gradientError } from './finite-differences.ts';
import { patchConv, transposedPatchConv } from './patches.ts';

const noise = (rng: Rng, ...shape: number[]) =>
  tensor(rng.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);

const cases = [
  { side: 2, height: 4, width: 6 },
  { side: 3, height: 5, width: 7 },
  { side: 4, height: 3, width: 4 },
];

describe.each(cases)('patches of $side in $height x $width', ({ side, height, width }) => {
  const [B, C, O] = [2, 2, 3];
  const [rows, columns] = [Math.ceil(height / side), Math.ceil(width / side)];
  const conv = patchConv({ inputs: C, outputs: O, side });
  const back = transposedPatchConv({ inputs: O, outputs: C, side }, [height, width]);
  const rng = Rng.from('patches');
  const filled = (params: DenseParams) => {
    rng.fillNormal(params.bias!.data as Float32Array);
    return params;
  };
  const [params, backParams] = [filled(conv.init(rng)), filled(back.init(rng))];
  const x = noise(rng, B, height, width, C);
  const z = noise(rng, B, rows, columns, O);
  const at = ({ shape, data }: Tensor, ...place: number[]) =>
    data[place.reduce((offset, i, axis) => offset * shape[axis] + i, 0)];

  test('are the loop over them', async () => {
    const y = await compile((p: TracedTree<DenseParams>, x: Traced) => conv.apply(p, x))(params, x);
    expect(y.shape).toEqual([B, rows, columns, O]);
    for (let b = 0; b < B; b++)
      for (let r = 0; r < rows; r++)
        for (let q = 0; q < columns; q++)
          for (let o = 0; o < O; o++) {
            let sum = params.bias!.data[o];
            for (let u = 0; u < side; u++)
              for (let v = 0; v < side; v++)
                for (let c = 0; c < C; c++)
                  if (r * side + u < height && q * side + v < width)
                    sum +=
                      at(x, b, r * side + u, q * side + v, c) *
                      params.weight.data[((u * side + v) * C + c) * O + o];
            expect(at(y, b, r, q, o)).toBeCloseTo(sum, 4);
          }
  });

  test('and the loop back', async () => {
    const y = await compile((p: TracedTree<DenseParams>, z: Traced) => back.apply(p, z))(backParams, z);
    expect(y.shape).toEqual([B, height, width, C]);
    for (let b = 0; b < B; b++)
      for (let r = 0; r < height; r++)
        for (let q = 0; q < width; q++)
          for (let c = 0; c < C; c++) {
            const place = ((r % side) * side + (q % side)) * C + c;
            let sum = backParams.bias!.data[place];
            for (let o = 0; o < O; o++)
              sum +=
                at(z, b, Math.floor(r / side), Math.floor(q / side), o) *
                backParams.weight.data[o * side * side * C + place];
            expect(at(y, b, r, q, c)).toBeCloseTo(sum, 4);
          }
  });

  test('gradients, with any axes before', async () => {
    const both = { params, backParams, x: { ...x, shape: [1, ...x.shape] } as Tensor };
    expect(
      await gradientError(
        ({ params, backParams, x }: TracedTree<typeof both>) => back.apply(backParams, conv.apply(params, x)),
        both,
      ),
    ).toBeLessThan(2e-3);
  });
});

test('what does not fit is refused', async () => {
  const rng = Rng.from(1);
  const conv = patchConv({ inputs: 2, outputs: 3, side: 2 });
  await expect(
    compile((p: TracedTree<DenseParams>, x: Traced) => conv.apply(p, x))(conv.init(rng), noise(rng, 4, 4, 1)),
  ).rejects.toThrow('patchConv: the input must be [..., height, width, 2], got shape [4,4,1].');
  const back = transposedPatchConv({ inputs: 2, outputs: 1, side: 2 }, [5, 5]);
  await expect(
    compile((p: TracedTree<DenseParams>, x: Traced) => back.apply(p, x))(back.init(rng), noise(rng, 2, 3, 2)),
  ).rejects.toThrow('must have 3 rows and 3 columns for 5 x 5, got shape [2,3,2].');
});
