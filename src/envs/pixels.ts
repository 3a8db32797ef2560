/** A world seen through a camera: what it shows is its drawn picture, as numbers. */
import type { Environment } from '../core/environment.ts';
import { demand } from '../core/errors.ts';
import { elementSize, joined, pictureBox, type Space } from '../core/spaces.ts';
import { rasteriser } from './rasteriser.ts';

export interface PixelOptions {
  /** Of the picture, in pixels. The world's view is stretched to fill it. */
  readonly size: readonly [height: number, width: number];
  /** 1 is grey, 3 is red, green, blue. Default 1. */
  readonly channels?: 1 | 3;
  /** Whether what the world shows by itself is shown too, beside the picture. Default false. */
  readonly beside?: boolean;
}

/**
 * The same world, observed as its picture: box(0, 1, [height, width, channels]) of numbers k / 255, rows from above. With
 * `beside` it is a joined box, of `picture` and `vector`. One picture shows no speeds: whoever acts must remember.
 * @throws InputError where the world cannot be drawn
 * @example pixels(cartPole(), { size: [48, 48] })
 */
export function pixels<S, A extends Space>(
  environment: Environment<S, A>,
  { size: [height, width], channels = 1, beside = false }: PixelOptions,
): Environment<S, A> {
  const { name, picture, observation, observe, stateFrom } = environment;
  demand(
    picture !== undefined,
    () => `pixels(${name}): the world must be one that can be drawn, got one without \`picture\`. Write it.`,
  );
  const draw = rasteriser({ height, width, channels });
  const camera = pictureBox([height, width, channels]);
  const seen = beside ? joined({ picture: camera, vector: observation }) : camera;
  const size = elementSize(camera);
  return {
    ...environment,
    name: `pixel-${name}`,
    observation: seen,
    observe(state) {
      const light = draw(picture(state));
      if (!beside) return light;
      const both = new Float32Array(elementSize(seen));
      both.set(light);
      both.set(observe(state), size);
      return both;
    },
    // both are told in the numbers that the world shows by itself
    stateFrom: beside && stateFrom ? (both) => stateFrom(both.slice(size)) : undefined,
    symmetries: undefined,
  };
}
