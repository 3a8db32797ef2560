/** The page holds truth, dream and their difference, for worlds that are drawn and for worlds of pixels, and nothing from outside. */
import { describe, expect, test } from 'vitest';
import { NumericalError } from '../../core/errors.ts';
import type { Picture } from '../../core/picture.ts';
import type { DreamRecording } from '../events.ts';
import { differenceOf, imageOf } from './drawing.ts';
import { type DreamData, renderDream, renderFilmstrip } from './dream.ts';
import { dreamScript } from './dream-script.ts';

const [C, H] = [3, 6];
const M = C + H;

const ball = (x: number): Picture => ({
  view: { left: -2, right: 2, bottom: -1, top: 1 },
  shapes: [
    {
      kind: 'line',
      points: [
        [-2, -1],
        [2, -1],
      ],
      width: 0.1,
      ink: 'ground',
    },
    { kind: 'disc', center: [x, 0], radius: 0.2, ink: 'body' },
    { kind: 'text', at: [0, 0.8], text: '<b>&', size: 0.2, ink: 'muted' },
  ],
});

/** A number that grows by 0.1 a step, and in the dream by 0.2. */
const real = Array.from({ length: M }, (_, t) => 0.1 * t);
const dreamt = Array.from({ length: H }, (_, h) => 0.1 * (C - 1) + 0.2 * (h + 1));

/** @param seen what is seen of the number @param shape of an observation */
function dreamOf(seen: (x: number) => Float32Array, shape: readonly number[]): DreamRecording {
  return {
    context: C,
    policy: false,
    parts: [{ name: 'observation', shape, offset: 0 }],
    actions: Array.from({ length: M - 1 }, () => Float32Array.of(-0.5)),
    truth: {
      observations: real.map(seen),
      rewards: real.slice(1),
      discounts: real.slice(1).map((_, t) => (t === M - 2 ? 0 : 1)),
    },
    shown: real.slice(0, C).map(seen),
    dreams: [{ observations: dreamt.map(seen), rewards: dreamt, discounts: dreamt.map(() => 0.75) }],
    errors: dreamt.map((x, h) => x - real[C + h]),
    rewardErrors: dreamt.map((x, h) => x - real[C + h]),
    discountErrors: dreamt.map(() => 0.25),
  };
}

const drawn: DreamRecording = {
  ...dreamOf((x) => Float32Array.of(x), [1]),
  pictures: { truth: real.map(ball), dream: [...real.slice(0, C), ...dreamt].map(ball) },
};
/** Two rows of three pixels, which light up one after the other; in colour where asked. */
const pixels = (channels: 1 | 3) =>
  dreamOf(
    (x) => Float32Array.from({ length: 6 * channels }, (_, i) => Math.min(1, x * i * 0.1)),
    [2, 3, channels],
  );

const page = (dream: DreamRecording, more: Partial<DreamData> = {}) =>
  renderDream({ title: 'one on <line>', summary: 'Moves.', version: '0.1.0', dream, ...more });
const dataOf = (text: string) =>
  JSON.parse(/<script type="application\/json">(.*?)<\/script>/.exec(text)![1]);

describe('the page', () => {
  test.each([
    ['drawn', drawn],
    ['grey', pixels(1)],
    ['coloured', pixels(3)],
    ['bare', dreamOf((x) => Float32Array.of(x), [1])],
  ])('of a %s dream is whole and needs nothing else', (_, dream) => {
    const text = page(dream);
    expect(text.replace(dreamScript, '')).not.toMatch(/https?:|<link(?! rel="icon")|NaN|Infinity|undefined/);
    const body = text.replace(/<(style|script)\b[^>]*>[\s\S]*?<\/\1>/g, '');
    const open: string[] = [];
    for (const [, close, name, rest] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/gi)) {
      if (['meta', 'link', 'input', 'img'].includes(name) || rest.endsWith('/')) continue;
      if (close) expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
    for (const said of ['How far it strays', 'What it earned', 'Whether it goes on', 'one on &lt;line&gt;'])
      expect(text).toContain(said);
    expect(text).toContain('there the true episode ended');
  });

  test('holds every moment: shapes once, and which of them the truth and the dream have', () => {
    const { panels, dreamRewards, rewards, errors, context, steps } = dataOf(page(drawn));
    expect([context, steps, rewards.length]).toEqual([C, M - 1, M - 1]);
    expect(dreamRewards.slice(0, C)).toEqual([null, null, 0.4]);
    expect(errors[C - 1]).toBeCloseTo(0.1, 6);
    const drawnAt = (places: number[]) => places.map((place) => panels.shapes[place]).join('');
    // 4 world units on 1000: the ball at x stands at 500 + 250 x
    expect(drawnAt(panels.truth[4])).toContain('cx="600"');
    expect(drawnAt(panels.dream[4])).toContain(`cx="${500 + 250 * 0.6}"`);
    expect(panels.dream[0]).toEqual(panels.truth[0]);
    expect(panels.shapes.filter((shape: string) => shape.startsWith('<path'))).toHaveLength(1);
    expect(drawnAt(panels.truth[0])).toContain('&lt;b&gt;&amp;');
    expect(panels.scenery).toHaveLength(2);
  });

  test('of pixels shows images, and no curves of single numbers', () => {
    const text = page(pixels(1));
    const { panels } = dataOf(text);
    expect(panels.kind).toBe('pixels');
    expect(panels.difference).toHaveLength(M);
    const { truth, dreams } = pixels(1);
    expect(panels.difference[C]).toBe(
      imageOf(differenceOf(truth.observations[C], dreams[0].observations[0]), [2, 3, 1]),
    );
    expect(text).not.toContain('What it saw, and what it dreamt');
    expect(text).toContain('Observations of 6 numbers are not charted');
    const named = page(drawn, { observationNames: ['place (m)'] });
    expect(named).toContain('place (m)');
  });

  test('of pixels beside numbers shows both', () => {
    const both: DreamRecording = {
      ...dreamOf((x) => Float32Array.of(7 * x, ...new Float32Array(6).fill(x), -x), []),
      parts: [
        { name: 'place', shape: [1], offset: 0 },
        { name: 'camera', shape: [2, 3, 1], offset: 1 },
        { name: 'speed', shape: [1], offset: 7 },
      ],
    };
    const text = page(both);
    const { panels } = dataOf(text);
    const lit = (x: number) => imageOf(new Float32Array(6).fill(x), [2, 3, 1]);
    expect(panels.truth[4]).toBe(lit(real[4]));
    expect(panels.dream[4]).toBe(lit(dreamt[4 - C]));
    for (const said of ['place 1', 'speed 1']) expect(text).toContain(`<h3>${said}</h3>`);
    expect(text).not.toContain('camera');
    expect(text).not.toContain('charted');
    expect(renderFilmstrip(both)!.markup).toContain(`src="${lit(real[C])}"`);
  });

  test('a number gone wrong is refused, wherever it is', () => {
    const wrong = (change: Partial<DreamRecording>) => () => page({ ...drawn, ...change });
    const [first] = drawn.dreams;
    expect(wrong({ dreams: [{ ...first, rewards: [Number.NaN] }] })).toThrow(NumericalError);
    expect(wrong({ shown: [Float32Array.of(Number.NaN)] })).toThrow(NumericalError);
    expect(wrong({ pictures: { truth: real.map(ball), dream: real.map(() => ball(Number.NaN)) } })).toThrow(
      NumericalError,
    );
  });
});

test('an image is a bitmap, its rows from the lowest up, colours turned round', () => {
  const bytesOf = (address: string) =>
    Uint8Array.from(atob(address.slice('data:image/bmp;base64,'.length)), (letter) => letter.charCodeAt(0));
  const grey = bytesOf(imageOf(Float32Array.of(0, 0.2, 1, 0.4, -3, 7), [2, 3, 1]));
  const header = new DataView(grey.buffer);
  expect(String.fromCharCode(grey[0], grey[1])).toBe('BM');
  expect([header.getUint32(2, true), header.getInt32(18, true), header.getInt32(22, true)]).toEqual([
    54 + 1024 + 8, // two rows of 3 bytes, filled up to 4
    3,
    2,
  ]);
  // the lower row first; what lies beyond 0 .. 1 is drawn as the nearest
  expect([...grey.slice(54 + 1024)]).toEqual([102, 0, 255, 0, 0, 51, 255, 0]);
  expect([...grey.slice(54 + 4 * 102, 54 + 4 * 103)]).toEqual([102, 102, 102, 0]);
  const colour = bytesOf(imageOf(Float32Array.of(1, 0.4, 0.2), [1, 1, 3]));
  expect([...colour.slice(54)]).toEqual([51, 102, 255, 0]);
});

describe('the strip', () => {
  test('shows a few steps ahead: truth above dream above difference', () => {
    const { markup } = renderFilmstrip(drawn)!;
    expect([...markup.matchAll(/<th scope="col">(\d+) steps? ahead/g)].map(([, h]) => Number(h))).toEqual([
      1, 2, 5, 6,
    ]);
    expect(markup.match(/<svg/g)).toHaveLength(3 * 4);
    expect(markup).toContain('class="side imagined"');
    expect(renderFilmstrip(pixels(3))!.markup.match(/<img/g)).toHaveLength(3 * 4);
  });

  test('is left out where nothing can be drawn', () => {
    expect(renderFilmstrip(dreamOf((x) => Float32Array.of(x), [1]))).toBeUndefined();
  });
});
