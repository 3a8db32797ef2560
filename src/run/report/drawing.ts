/** Drawing: pictures as SVG, and observations of pixels as images, where they are written into a page as they are. */
import { demandFinite } from '../../core/errors.ts';
import type { Picture, Shape } from '../../core/picture.ts';
import { html, type Markup } from './markup.ts';

/** Pictures are drawn so wide: browsers draw small letters badly when world units are small. */
const WIDTH = 1000;

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** In their order. */
  readonly shapes: readonly { readonly markup: Markup; readonly scenery: boolean }[];
}

/** Pictures have y upwards, SVG has it downwards. @throws NumericalError where a number of it is NaN or infinite */
export function drawingOf({ view, shapes }: Picture): Drawing {
  const scale = WIDTH / (view.right - view.left);
  const tenth = (value: number) => Math.round(value * 10) / 10;
  const size = (value: number) => tenth(value * scale);
  const place = ([x, y]: readonly [number, number]) => [
    tenth((x - view.left) * scale),
    tenth((view.top - y) * scale),
  ];
  const path = (points: readonly (readonly [number, number])[]) =>
    points.map(place).map(([x, y], i) => html`${i === 0 ? 'M' : 'L'}${x} ${y}`);
  const draw = (shape: Shape): Markup => {
    switch (shape.kind) {
      case 'line':
        return html`<path class="stroke ${shape.ink}" stroke-width="${size(shape.width)}" d="${path(shape.points)}"/>`;
      case 'polygon':
        return html`<path class="fill ${shape.ink}" d="${path(shape.points)}Z"/>`;
      case 'disc': {
        const [x, y] = place(shape.center);
        return html`<circle class="fill ${shape.ink}" cx="${x}" cy="${y}" r="${size(shape.radius)}"/>`;
      }
      case 'text': {
        const [x, y] = place(shape.at);
        return html`<text class="fill ${shape.ink}" x="${x}" y="${y}" font-size="${size(shape.size)}">${shape.text}</text>`;
      }
    }
  };
  return {
    width: WIDTH,
    height: size(view.top - view.bottom),
    shapes: shapes.map((shape) => ({
      markup: draw(shape),
      scenery: shape.ink === 'ground' || shape.ink === 'muted' || shape.ink === 'goal',
    })),
  };
}

/** Two drawings over one another: what never moves once, then what happened and what was dreamt, each in its colour. */
export function overlaid(truth: Drawing, dream: Drawing): Markup {
  const moving = ({ shapes }: Drawing) => shapes.flatMap(({ markup, scenery }) => (scenery ? [] : [markup]));
  const scenery = truth.shapes.flatMap((shape) => (shape.scenery ? [shape.markup] : []));
  return html`${scenery}<g class="side real">${moving(truth)}</g><g class="side imagined">${moving(dream)}</g>`;
}

/** Height, width, and one or three numbers from 0 to 1 a pixel. */
export type PictureShape = readonly [height: number, width: number, channels: number];

/** How far two observations of pixels are apart, pixel by pixel. */
export function differenceOf(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((value, i) => Math.abs(value - other[i]));
}

/**
 * Pixels as the address of an image, a BMP: Microsoft's bitmap file, uncompressed, its rows from the lowest up. Numbers
 * beyond 0 .. 1 are drawn as the nearest.
 * @throws NumericalError where a number is NaN or infinite
 */
export function imageOf(pixels: Float32Array, [height, width, channels]: PictureShape): string {
  demandFinite(pixels, 'report: pixels of an observation');
  const grey = channels === 1;
  const stride = Math.ceil((width * channels) / 4) * 4;
  const start = 54 + (grey ? 1024 : 0);
  const bytes = new Uint8Array(start + stride * height);
  const header = new DataView(bytes.buffer);
  header.setUint16(0, 0x424d); // BM
  header.setUint32(2, bytes.length, true);
  header.setUint32(10, start, true);
  header.setUint32(14, 40, true); // size of the second header
  header.setInt32(18, width, true);
  header.setInt32(22, height, true);
  header.setUint16(26, 1, true); // planes
  header.setUint16(28, grey ? 8 : 24, true);
  header.setUint32(34, stride * height, true);
  if (grey) for (let level = 0; level < 256; level++) bytes.fill(level, 54 + 4 * level, 57 + 4 * level);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        // colours lie blue, green, red
        const value = pixels[(y * width + x) * channels + (channels - 1 - c)];
        bytes[start + (height - 1 - y) * stride + x * channels + c] = Math.round(
          255 * Math.min(1, Math.max(0, value)),
        );
      }
    }
  }
  return `data:image/bmp;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}
