/** The page holds what the run did, nothing from outside, and no text that became an element. */
import { describe, expect, test } from 'vitest';
import { InputError, NumericalError } from '../../core/errors.ts';
import type { Picture, Shape } from '../../core/picture.ts';
import type { Fan, KeptEvent, Recording } from '../events.ts';
import { renderChart } from './chart.ts';
import { errorByHorizon, learningCurve, modelFit } from './curves.ts';
import { film, type Row, type Template } from './film.ts';
import { type ReportData, renderReport } from './index.ts';
import { CHART_LEVELS, type Packed } from './packed.ts';
import { fitting, linear, logarithmic, thin, written, writtenTick } from './scale.ts';
import { drawing, playerScript } from './script.ts';

const HORIZON = 15;

/** A cart at `position` with a pole leaning by `angle`, before `scenery` posts that never move. */
function cartPicture(position: number, angle: number, scenery = 2): Picture {
  const posts = Array.from({ length: scenery }, (_, i): Shape => {
    const x = -2 + (4 * i) / scenery;
    return {
      kind: 'line',
      points: [
        [x, 0],
        [x, 0.1],
      ],
      width: 0.02,
      ink: 'ground',
    };
  });
  return {
    view: { left: -3, right: 3, bottom: -0.5, top: 1.5 },
    shapes: [
      ...posts,
      {
        kind: 'polygon',
        points: [
          [position - 0.3, 0.1],
          [position + 0.3, 0.1],
          [position + 0.3, 0.3],
          [position - 0.3, 0.3],
        ],
        ink: 'body',
      },
      {
        kind: 'line',
        points: [
          [position, 0.3],
          [position + Math.sin(angle), 0.3 + Math.cos(angle)],
        ],
        width: 0.1,
        ink: 'accent',
      },
      { kind: 'disc', center: [position, 0.3], radius: 0.06, ink: 'muted' },
      { kind: 'text', at: [0, 1.4], text: position < 0 ? 'left' : 'right', size: 0.1, ink: 'muted' },
    ],
  };
}

/** An episode of two swinging observations, whose imagined futures drift off by `drift` a step. */
function episode(steps: number, drift = 0.01, scenery = 2): Recording {
  const at = (t: number) => Float32Array.of(Math.sin(t / 20), 0.2 * Math.cos(t / 9));
  const ahead = (t: number) =>
    Array.from({ length: HORIZON + 1 }, (_, h) => at(t + h).map((value) => value + drift * h));
  const draw = (seen: Float32Array) => cartPicture(seen[0], seen[1], scenery);
  const times = Array.from({ length: steps + 1 }, (_, t) => t);
  const tip = ({ shapes }: Picture) => {
    const pole = shapes[scenery + 1];
    return 'points' in pole ? pole.points[1] : undefined;
  };
  // candidate c drifts c times as far; the last one foresees the end after 3 steps
  const fan = (t: number): Fan =>
    Array.from({ length: 12 }, (_, c) => {
      const seen = ahead(t).map((values, h) => values.map((value) => value + 0.002 * c * h));
      const observations = c === 11 ? seen.slice(0, 4) : seen;
      return { return: 10 - c, observations, path: observations.map((each) => tip(draw(each))) };
    });
  return {
    observations: times.map(at),
    actions: times.slice(1).map((t) => Float32Array.of(Math.cos(t))),
    rewards: times.slice(1).map(() => 1),
    imagined: times.slice(1).map((t) => ahead(t - 1)),
    pictures: times.map((t) => draw(at(t))),
    imaginedPictures: times.slice(1).map((t) => ahead(t - 1).map(draw)),
    paths: times.slice(1).map((t) => ahead(t - 1).map((seen) => tip(draw(seen)))),
    plans: times.slice(1).map((t) => ({ value: 10.5, questions: 5, steps: 6000 + (t % 2) })),
    fans: times.slice(1).map((t) => ((t - 1) % Math.ceil(steps / 100) === 0 ? fan(t - 1) : undefined)),
  };
}

const events: KeptEvent[] = [
  { type: 'learn', step: 50, metrics: { 'model/loss': 0.9, 'model/holdoutLoss': 1 } },
  { type: 'episode', step: 80, episode: 1, return: 30, length: 80, terminated: true },
  {
    type: 'evaluation',
    step: 100,
    mean: 60,
    low: 50,
    high: 70,
    episodes: 5,
    modelError: Array.from({ length: HORIZON }, (_, h) => 0.2 * (h + 1)),
  },
  { type: 'learn', step: 150, metrics: { 'model/loss': 0.4, 'model/holdoutLoss': 0.5 } },
  { type: 'episode', step: 200, episode: 2, return: 120, length: 120, terminated: false },
  {
    type: 'evaluation',
    step: 200,
    mean: 182.5,
    low: 171,
    high: 194,
    episodes: 5,
    modelError: Array.from({ length: HORIZON }, (_, h) => 0.02 * (h + 1)),
  },
  { type: 'done', step: 200 },
];

const data: ReportData = {
  recipe: {
    name: 'pets-cartpole',
    summary: 'Learns cart-pole by planning in a learned model.',
    world: 'continuous-cart-pole',
    agent: 'pets',
    seed: 7,
    version: '0.1.0',
    options: { steps: 200, model: { members: 5, bounds: { low: -10, high: 0.5 } }, sizes: [200, 200] },
    command: 'npx forethought train pets-cartpole --seed 7',
  },
  scores: { random: 20, best: 200, source: 'the limit of an episode' },
  events,
  recording: episode(200),
  observationNames: ['cart position (m)', 'pole angle (rad)'],
};

/** The page as a reader hears it: tags and what is not text taken out. */
function textOf(page: string): string {
  return page
    .replace(/<(style|script|title)\b[^>]*>[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

describe('the page', () => {
  const page = renderReport(data);
  const text = textOf(page);

  test('tells the result in words and numbers', () => {
    expect(page).toContain('<title>pets-cartpole, seed 7</title>');
    expect(page.match(/<h1/g)).toHaveLength(1);
    expect(text).toContain('an episode returns 182.5 on average: 90 % of the way from random play (20)');
    expect(text).toContain('final evaluation 182.5 95 % interval 171 to 194, over 5 episodes');
    expect(text).toContain('best evaluation 182.5 at step 200');
    expect(text).toContain('environment steps 200');
    expect(text).toContain('training episodes 2');
    expect(text).toContain('seed 7 version 0.1.0');
    expect(text).toContain('npx forethought train pets-cartpole --seed 7');
    expect(text).not.toContain('had not ended');
  });

  test('says 100 % only of a score that reaches the best', () => {
    const outcome = (mean: number) =>
      textOf(
        renderReport({
          ...data,
          events: [{ type: 'evaluation', step: 1, mean, low: null, high: null, episodes: 1 }],
        }),
      );
    expect(outcome(199.9)).toContain('99 % of the way');
    expect(outcome(200)).toContain('100 % of the way');
    expect(outcome(10)).toContain('worse than random play (20)');
  });

  test('has every chart, each described in words', () => {
    for (const title of ['How it learned', 'How far ahead the model can see', 'How well the model fits']) {
      expect(text).toContain(title);
    }
    const described = [...page.matchAll(/role="img" aria-label="([^"]*)"/g)].map(([, label]) => label);
    expect(described).toHaveLength(4);
    expect(described.join()).toContain('first 60, last 182.5');
    expect(described.join()).toContain('0.02 one step ahead, 0.3 15 steps ahead');
    expect(described.join()).toContain('loss, hold-out: first 1, last 0.5 after 150 environment steps.');
  });

  test('lists every option with its path', () => {
    expect(text).toMatch(/general steps 200 sizes \[200, 200\]/);
    expect(text).toMatch(/model members 5 bounds\.low -10 bounds\.high 0\.5/);
  });

  test('has a player that works by keyboard and by name', () => {
    expect(text).toContain('What it imagined, and what then happened');
    expect(text).toContain('expected of the next 15 steps');
    const buttons = [...page.matchAll(/<button[^>]*aria-label="([^"]*)"/g)].map(([, label]) => label);
    expect(buttons).toEqual(['One step back', 'Play', 'One step on']);
    expect(page).toMatch(/<input type="range"[^>]*max="200"[^>]*aria-label="Step of the episode"/);
    expect(page).toContain('aria-label="cart position (m)"');
    expect(text).toContain('pole angle rad');
  });

  test('tells what planning cost, and what else was weighed', () => {
    expect(text).toContain(
      '12 spread over their ranking, from the best to the worst , at one decision in 2.',
    );
    // half of the decisions took 6,000 steps of the model, half 6,001
    expect(text).toContain('A decision took 6,001 steps of the model on average, in 5 questions.');
    const unplanned = { ...data.recording!, plans: undefined, fans: undefined };
    const without = textOf(renderReport({ ...data, recording: unplanned }));
    expect(without).not.toMatch(/spread over their ranking|steps of the model|weighed/);
  });

  test('takes nothing from outside', () => {
    expect(page).not.toMatch(/https?:|\/\/[a-z]+\.|@import|url\(|<iframe|<img|\bsrc=/i);
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, target]) => target)).toEqual(['data:,']);
    expect(page).toContain(`default-src 'none'`);
  });

  test('works in light and dark, and keeps still for who asks', () => {
    expect(page).toContain('@media (prefers-color-scheme: dark)');
    expect(playerScript).toContain('(prefers-reduced-motion: reduce)');
  });

  test('has balanced elements', () => {
    const open: string[] = [];
    const body = page.replace(/<(style|script)\b[^>]*>[\s\S]*?<\/\1>/g, '');
    for (const [, close, name, rest] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/gi)) {
      if (['meta', 'link', 'input'].includes(name) || rest.endsWith('/')) continue;
      if (close) expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
  });

  test('is small, also for long episodes and rich worlds', () => {
    expect(page.length).toBeLessThan(250_000);
    const long = renderReport({ ...data, recording: episode(2500) });
    expect(long.length).toBeLessThan(1_000_000);
    expect(long).toContain('one step in 2 is shown');
    expect(renderReport({ ...data, recording: episode(200, 0.01, 150) }).length).toBeLessThan(300_000);
  });

  test('shows a run of which nothing is known yet', () => {
    const empty = textOf(
      renderReport({ ...data, events: [], recording: undefined, recipe: { ...data.recipe, options: {} } }),
    );
    expect(empty).toContain('No episode has ended and no evaluation was made yet.');
    expect(empty).toContain('environment steps 0 when this page was written; the run had not ended');
    expect(empty).toContain('This recipe has no options.');
    expect(empty).not.toMatch(/evaluation \d|undefined|NaN/);
  });

  test('charts what stands still but for rounding as a line in the middle', () => {
    const recording = episode(200);
    const observations = recording.observations.map((seen, t) => seen.with(0, 0.1 + (t % 2) * 7e-9));
    const page = renderReport({ ...data, recording: { ...recording, observations } });
    // 0.1 and a tenth to either side are its ticks, where rounding would have had none
    expect(page).toMatch(/<span class="y-tick"[^>]*>0\.1</);
  });

  test('shows an episode without pictures and without imagination', () => {
    const { observations, actions, rewards } = data.recording!;
    const plain = renderReport({
      ...data,
      recording: { observations, actions, rewards, imagined: actions.map(() => undefined) },
      observationNames: undefined,
    });
    expect(plain).not.toContain('data-part="stage"');
    expect(plain).toContain('aria-label="observation 2"');
    expect(textOf(plain)).toContain('The last evaluation episode');
  });

  test('writes no number that is none', () => {
    const single = events.map((event) =>
      event.type === 'evaluation' ? { ...event, low: null, high: null, episodes: 1 } : event,
    );
    for (const each of [page, renderReport({ ...data, events: single })]) {
      expect(each.replace(playerScript, '')).not.toMatch(/NaN|Infinity|undefined/);
    }
    expect(textOf(renderReport({ ...data, events: single }))).toContain('182.5 over 1 episode');
  });
});

describe('bad data', () => {
  const hostile = `</script><img src=x onerror=alert(1)>"'&`;
  const withText: Picture = {
    view: { left: 0, right: 1, bottom: 0, top: 1 },
    shapes: [{ kind: 'text', at: [0, 0], text: hostile, size: 1, ink: 'body' }],
  };

  test('no text becomes an element', () => {
    const page = renderReport({
      ...data,
      recipe: {
        name: hostile,
        summary: hostile,
        world: hostile,
        agent: hostile,
        seed: 1,
        version: hostile,
        command: hostile,
        options: { [hostile]: hostile, group: { [hostile]: [hostile] } },
      },
      scores: { ...data.scores, source: hostile },
      recording: { ...episode(3), pictures: Array(4).fill(withText), imaginedPictures: undefined },
      observationNames: [hostile, hostile],
    });
    expect(page).not.toContain('<img');
    const bare = page.replace(/"[^"]*"/g, '""');
    expect([...bare.matchAll(/<[a-z][^>]*>/g)].filter(([tag]) => tag.includes('onerror'))).toEqual([]);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).toContain('&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
  });

  test('a shape with hostile text is drawn as text', () => {
    const { pictures } = film({
      ...episode(3),
      pictures: Array(4).fill(withText),
      imaginedPictures: undefined,
    });
    expect(draw(pictures!.templates[0], pictures!.real[0]).shapes[0]).not.toContain('<img');
  });

  test('NaN and infinities are refused by name', () => {
    const refuse = (change: Partial<ReportData>, name: RegExp) => {
      const attempt = () => renderReport({ ...data, ...change });
      expect(attempt).toThrow(NumericalError);
      expect(attempt).toThrow(name);
    };
    const broken = episode(5);
    broken.imagined[2]![3][0] = Number.NaN;
    refuse({ recording: broken }, /imagined 3 steps ahead at step 2/);
    refuse({ recording: { ...episode(2), rewards: [1, Number.POSITIVE_INFINITY] } }, /rewards/);
    const weighed = (change: Partial<Fan[number]>) => {
      const whole = episode(3);
      const fans = whole.fans!.map((fan) => fan!.map((each, c) => (c === 2 ? { ...each, ...change } : each)));
      return { recording: { ...whole, fans } };
    };
    refuse(weighed({ return: Number.NaN }), /returns of candidates at step 0/);
    refuse(weighed({ observations: [Float32Array.of(0, Number.NaN)] }), /candidate 2 at step 0/);
    refuse(weighed({ path: [[0, Number.POSITIVE_INFINITY]] }), /path of candidate 2 at step 0/);
    refuse(
      { recording: { ...episode(1), plans: [{ value: Number.NaN, questions: 1, steps: 1 }] } },
      /value of the plan at step 0/,
    );
    const pictured = episode(2);
    refuse(
      {
        recording: { ...pictured, pictures: [...pictured.pictures!.slice(0, 2), cartPicture(Number.NaN, 0)] },
      },
      /picture of step 2/,
    );
    refuse({ events: [{ type: 'learn', step: 1, metrics: { 'model/loss': Number.NaN } }] }, /model\/loss/);
    refuse(
      { events: [{ type: 'episode', step: 1, episode: 1, return: Number.NaN, length: 1, terminated: true }] },
      /returns/,
    );
    refuse({ scores: { ...data.scores, best: Number.NaN } }, /scores/);
  });

  test('a recording whose parts do not fit is refused', () => {
    const whole = episode(4);
    expect(() => film({ ...whole, rewards: [1] })).toThrow(InputError);
    expect(() => film({ ...whole, pictures: whole.pictures!.slice(1) })).toThrow(/5 pictures or none, got 4/);
  });
});

// The script's own functions, as the page runs them.
const { unpack, draw, numberAt, pointsAt, smooth, fanAt } = new Function(
  `${drawing}; return { unpack, draw, numberAt, pointsAt, smooth, fanAt };`,
)() as {
  numberAt(packed: Packed, place: number): number | null;
  pointsAt(xs: Packed, ys: Packed, sequence: number, length: number): [number, number][];
  smooth(points: [number, number][]): string;
  fanAt(steps: readonly number[], step: number): number;
  unpack(template: Template, row: Row): (number | string)[];
  draw(template: Template, row: Row): { width: number; height: number; shapes: string[] };
};

describe('the film', () => {
  const recording = episode(60);

  test('gives every picture back as it was, to less than a pixel', () => {
    const { pictures } = film(recording);
    const pixel = 6 / 1000; // the view's width over the drawing's
    const compare = (row: Row, picture: Picture) => {
      const entries = unpack(pictures!.templates[Number(row[0])], row);
      const [post, , cart, pole, hinge, words] = picture.shapes;
      const expected = [...Object.values(picture.view), post.ink];
      expected.forEach((value, i) => expect(entries[i]).toBe(value));
      const numbers = [cart, pole].flatMap((shape) => ('points' in shape ? shape.points.flat() : []));
      const packed = [...entries.slice(17, 25), ...entries.slice(27, 31)].map(Number);
      packed.forEach((value, i) => expect(Math.abs(value - numbers[i])).toBeLessThan(pixel / 2));
      expect(entries.at(-1)).toBe('text' in words && words.text);
      expect(hinge.kind).toBe('disc');
    };
    recording.pictures!.forEach((picture, t) => compare(pictures!.real[t], picture));
    expect(pictures!.ahead).toEqual([1, 4, 7, 9, 12, 15]);
    pictures!.imagined.slice(0, 60).forEach((rows, t) => {
      rows!.forEach((row, g) => compare(row, recording.imaginedPictures![t]![pictures!.ahead[g]]));
    });
  });

  test('stores what never moves once', () => {
    const { pictures } = film(episode(60, 0.01, 50));
    expect(pictures!.templates).toHaveLength(1);
    expect(pictures!.real[0].length).toBe(film(episode(60)).pictures!.real[0].length);
  });

  test('is drawn as SVG with y downwards', () => {
    const { pictures } = film({
      ...recording,
      pictures: Array(61).fill(cartPicture(0, 0, 1)),
      imaginedPictures: undefined,
    });
    const drawn = draw(pictures!.templates[0], pictures!.real[0]);
    expect(drawn.width).toBe(1000);
    expect(drawn.height).toBe(333.3);
    expect(drawn.shapes).toEqual([
      '<path class="stroke ground" stroke-width="3.3" d="M166.7 250L166.7 233.3"/>',
      '<path class="fill body" d="M450 233.3L550 233.3L550 200L450 200Z"/>',
      '<path class="stroke accent" stroke-width="16.7" d="M500 200L500 33.3"/>',
      '<circle class="fill muted" cx="500" cy="200" r="10"/>',
      '<text class="fill muted" x="500" y="16.7" font-size="16.7">right</text>',
    ]);
  });

  test('gives observations back from their levels', () => {
    const { charts, ahead, returns } = film(recording);
    expect(ahead).toEqual(Array.from({ length: 16 }, (_, h) => h));
    charts.forEach((chart, e) => {
      const value = (level: number) => chart.low + (level / CHART_LEVELS) * (chart.high - chart.low);
      const step = (chart.high - chart.low) / CHART_LEVELS;
      recording.observations.forEach((seen, t) =>
        expect(Math.abs(value(chart.real[t]) - seen[e])).toBeLessThan(step),
      );
      // a thousandth of the chart's height is a tenth of a pixel
      ahead.forEach((h, p) => {
        const level = numberAt(chart.imagined, 10 * ahead.length + p)!;
        expect(Math.abs(value(level) - recording.imagined[10]![h][e])).toBeLessThan(10 * step);
      });
    });
    expect(returns[60]).toBe(60);
  });

  test('gives fans back: where they lead in charts and pictures, and where they end', () => {
    const { fans, charts } = film(recording);
    const { steps, count, ahead, returns } = fans!;
    expect(steps).toEqual(Array.from({ length: 60 }, (_, t) => t));
    expect([count, ahead.at(0), ahead.at(-1)]).toEqual([12, 0, HORIZON]);
    expect(returns[7]).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -1]);
    steps.forEach((t, n) => {
      recording.fans![t]!.forEach(({ observations, path }, c) => {
        const reached = ahead.filter((h) => h < observations.length);
        const points = pointsAt(fans!.paths!.x, fans!.paths!.y, n * count + c, ahead.length);
        expect(points).toHaveLength(reached.length);
        points.forEach(([x, y], p) => {
          expect(Math.hypot(x - path![reached[p]]![0], y - path![reached[p]]![1])).toBeLessThan(6 / 1000);
        });
        charts.forEach((chart, e) => {
          ahead.forEach((h, p) => {
            const level = numberAt(fans!.charts[e], (n * count + c) * ahead.length + p);
            if (h >= observations.length) return expect(level).toBeNull();
            const value = chart.low + (level! / CHART_LEVELS) * (chart.high - chart.low);
            // a thousandth of the chart's height is a tenth of a pixel
            expect(Math.abs(value - observations[h][e])).toBeLessThan((chart.high - chart.low) / 1000);
          });
        });
      });
    });
  });

  test('gives the path of the plan back at every moment', () => {
    const { pictures, ahead } = film(recording);
    const { x, y } = pictures!.paths!;
    recording.paths!.forEach((path, t) => {
      pointsAt(x, y, t, ahead.length).forEach((point, p) => {
        expect(Math.hypot(point[0] - path![ahead[p]]![0], point[1] - path![ahead[p]]![1])).toBeLessThan(
          6 / 1000,
        );
      });
    });
    // nothing is planned once the episode is over
    expect(pointsAt(x, y, 60, ahead.length)).toEqual([]);
  });

  test('keeps fewer fans of long episodes and wide observations, evenly spread', () => {
    const wide = episode(400);
    const many = (values: Float32Array) => Float32Array.from({ length: 6 }, (_, e) => values[e % 2]);
    const { fans } = film({
      ...wide,
      observations: wide.observations.map(many),
      imagined: wide.imagined.map((future) => future!.map(many)),
      fans: wide.fans!.map((fan) =>
        fan?.map((each) => ({ ...each, observations: each.observations.map(many) })),
      ),
    });
    // 100 fans were recorded, at one decision in 4
    expect(fans!.steps.slice(0, 3)).toEqual([0, 8, 16]);
    expect(fans!.charts).toHaveLength(6);
  });

  test('shows the latest fan there was', () => {
    expect([0, 3, 4, 5, 100].map((step) => fanAt([0, 4, 8], step))).toEqual([0, 0, 1, 1, 2]);
    expect(fanAt([], 3)).toBe(-1);
    expect(fanAt([2], 1)).toBe(-1);
  });

  test('draws a line as a line, and a parabola through its points', () => {
    expect(smooth([[0, 0], [3, 6]])).toBe('M0 0C1 2 2 4 3 6'); // biome-ignore format: a line
    // y = x^2 as a cubic curve from x to x + 2: its handles lie at x + 2/3 and x + 4/3, at heights x^2 + 2x 2/3 and so on
    expect(smooth([[0, 0], [2, 4], [4, 16]])).toBe('M0 0C0.67 0 1.33 1.33 2 4C2.67 6.67 3.33 10.67 4 16'); // biome-ignore format: two pieces
  });

  test.each([1e4, -1e4])('wild imagination, drifting by %d, does not press reality flat', (drift) => {
    const { charts, pictures } = film(episode(60, drift));
    expect(Math.max(...charts[0].real) - Math.min(...charts[0].real)).toBeGreaterThan(CHART_LEVELS * 0.4);
    const row = pictures!.real[30];
    const entries = unpack(pictures!.templates[Number(row[0])], row);
    expect(Math.abs(Number(entries[17]) - (Math.sin(30 / 20) - 0.3))).toBeLessThan(6 / 1000);
  });

  test('shows first the moment whose imagined future goes furthest', () => {
    const still = episode(30, 0);
    const seen = Float32Array.of(0, 0);
    const imagined = still.imagined.map((_, t) => [seen, Float32Array.of(t === 17 ? 1 : 0.1, 0)]);
    expect(film({ ...still, imagined, imaginedPictures: undefined }).poster).toBe(17);
  });

  test('the script can be read, and does not end its own element', () => {
    expect(() => new Function(playerScript)).not.toThrow();
    expect(playerScript).not.toContain('</script');
  });
});

describe('the curves', () => {
  test('returns lie where the axes say', () => {
    const chart = learningCurve(events, data.scores)!;
    const [{ x, y }] = chart.plots;
    // values 20 .. 200, with 6 % of their span below and 10 % above
    expect(y.low).toBeCloseTo(9.2);
    expect(y.high).toBeCloseTo(218);
    expect(y.ticks).toEqual([50, 100, 150, 200]);
    expect(x.ticks).toEqual([0, 50, 100, 150, 200]);
    const markup = renderChart(chart).markup;
    // 200 is 8.6 % from the top, 20 is 94.8 %; the evaluations 60 and 182.5 at half and full width
    expect(markup).toContain('d="M0 86.2H1000"');
    expect(markup).toContain('d="M0 948.3H1000"');
    expect(markup).toContain('d="M500 756.7L1000 170"');
    expect(markup).toContain('best known 200');
    expect(markup).toContain('the limit of an episode');
    expect(markup.match(/class="band/g)).toHaveLength(1);
  });

  test('a single evaluation and no spread are drawn without a band', () => {
    const chart = learningCurve([events[2]], data.scores)!;
    expect(renderChart(chart).markup).not.toContain('class="band');
  });

  test('losses are found by their names, and may be negative', () => {
    expect(modelFit([{ type: 'learn', step: 1, metrics: { 'actor/loss': 1 } }])).toBeUndefined();
    const { plots } = modelFit([
      { type: 'learn', step: 1, metrics: { 'model/loss': 2 } },
      { type: 'learn', step: 2, metrics: { 'model/loss': -3 } },
    ])!;
    expect(plots).toHaveLength(1);
    expect(plots[0].y.low).toBeLessThan(-3);
    expect(plots[0].endLabels!.map(({ text }) => text)).toEqual(['training']);
  });

  test('a hold-out loss shares the axis of the training loss, a hold-out error does not', () => {
    const learned = (name: string) =>
      modelFit([{ type: 'learn', step: 1, metrics: { 'model/loss': -7, [name]: 0.2 } }])!.plots;
    expect(learned('model/holdoutLoss').map(({ yLabel }) => yLabel)).toEqual(['loss']);
    const apart = learned('model/hold-out error');
    expect(apart.map(({ yLabel }) => yLabel)).toEqual(['hold-out error', 'training loss']);
    expect(apart[0].y.low).toBe(0);
  });

  test('many points are thinned', () => {
    const many: KeptEvent[] = Array.from({ length: 20_000 }, (_, i) => ({
      type: 'episode',
      step: i,
      episode: i + 1,
      return: i % 7,
      length: 1,
      terminated: true,
    }));
    const learned: KeptEvent[] = Array.from({ length: 20_000 }, (_, i) => ({
      type: 'learn',
      step: i,
      metrics: { 'model/loss': 5 },
    }));
    const { markup } = renderChart(learningCurve(many, data.scores)!);
    expect(markup).toContain('2,000 of 20,000 shown');
    expect(renderChart(modelFit(learned)!).markup.length).toBeLessThan(20_000);
    expect(thin([0, 1, 2, 3, 4], 3)).toEqual([0, 2, 4]);
  });

  test('earlier model errors stay in sight behind the last', () => {
    const chart = errorByHorizon(events)!;
    const [{ x, endLabels }] = chart.plots;
    const { markup } = renderChart(chart);
    expect(markup.match(/class="line imagined/g)).toHaveLength(2);
    expect(markup.match(/class="line imagined strong"/g)).toHaveLength(1);
    expect(x.ticks).toContain(1);
    expect(x.ticks).toContain(HORIZON);
    expect(endLabels!.map(({ text }) => text)).toEqual(['step 200', 'step 100']);
    expect(errorByHorizon(events.slice(0, 2))).toBeUndefined();
  });
});

describe('scales', () => {
  test('ticks are round', () => {
    expect(linear(0, 1, 5).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linear(-1234, 98, 4).ticks).toEqual([-1000, -500, 0]);
    expect(logarithmic(0.01, 10).ticks).toEqual([0.01, 0.1, 1, 10]);
    expect(logarithmic(0.9, 6).ticks).toEqual([1, 2, 5]);
  });

  test('places are proportional, or proportional in logarithm', () => {
    expect(linear(10, 20, 2).at(12.5)).toBe(250);
    expect(logarithmic(1, 100).at(10)).toBe(500);
    expect(linear(5, 5, 2).at(5)).toBe(500);
  });

  test('an axis is logarithmic only where values are positive and far apart', () => {
    expect(fitting([0.01, 1], 4, 0).ticks).toEqual([0.01, 0.03, 0.1, 0.3, 1]);
    expect(fitting([0.5, 1], 4, 0).low).toBe(0);
    expect(fitting([-1, 1000], 4, 0).low).toBe(-1);
  });

  test('numbers are written for people', () => {
    const pairs: [number, string][] = [
      [0, '0'],
      [-0.00001, '−1e−5'],
      [0.051234, '0.05123'],
      [12.3, '12.3'],
      [199.96, '200'],
      [-1234.5, '−1,235'],
      [1234567, '1,234,567'],
      [2.5e10, '2.5e10'],
    ];
    for (const [value, text] of pairs) expect(written(value)).toBe(text);
    expect(writtenTick(40_000)).toBe('40k');
    expect(writtenTick(-1_500_000)).toBe('−1.5M');
  });
});
