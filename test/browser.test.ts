/** The pages as a browser runs them: headless Chromium opens a page, lets its script run, and prints what became of it. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planning } from '../src/agents/planning.ts';
import { Rng } from '../src/core/rng.ts';
import { pendulum } from '../src/envs/pendulum.ts';
import { exact } from '../src/models/exact.ts';
import { cem } from '../src/planners/cem.ts';
import { playEpisode } from '../src/run/episode.ts';
import type { Recording } from '../src/run/events.ts';
import { foresightOf, record } from '../src/run/record.ts';
import { renderAnimation } from '../src/run/report/animation.ts';

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (!chromium) console.warn('No Chromium is installed: the pages are not tried in a browser.');

const dir = mkdtempSync(join(tmpdir(), 'forethought-'));
const file = join(dir, 'page.html');
let recording: Recording;
let total: number;
beforeAll(async () => {
  const environment = { ...pendulum(), maxSteps: 30 };
  const agent = planning(exact(environment), cem({ horizon: 8, population: 40, iterations: 2 }));
  const foresight = foresightOf(environment);
  for await (const { over, episode } of playEpisode({ environment, agent, rng: Rng.from(1), foresight })) {
    if (!over) continue;
    recording = record(environment, episode);
    total = episode.return;
  }
  const both = { recording, return: total };
  writeFileSync(
    file,
    renderAnimation({ title: 'Pendulum', summary: 'Twice.', version: '0', episodes: [both, both] }),
  );
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The page's elements after its script has run. */
async function opened(fragment: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    chromium!,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${mkdtempSync(join(dir, 'profile-'))}`,
      '--window-size=1280,1400',
      '--virtual-time-budget=500',
      '--dump-dom',
      `file://${file}${fragment}`,
    ],
    { maxBuffer: 1 << 26 },
  );
  return stdout.replace(/<(style|script)\b[^>]*>[\s\S]*?<\/\1>/g, '');
}

/** Of the first player: what a part of it shows. */
const shown = (page: string, part: string) => new RegExp(`data-part="${part}"[^>]*>([^<]*)<`).exec(page)?.[1];

describe.skipIf(!chromium)('in a browser', { timeout: 60_000 }, () => {
  test('the player shows the moment that is asked for, with the plan and what else was weighed', async () => {
    const page = await opened('#step=7');
    expect(page.match(/class="player [a-z]+ ready"/g)).toHaveLength(2);
    expect(shown(page, 'step')).toBe('7');
    const so = recording.rewards.slice(0, 7).reduce((sum, reward) => sum + reward);
    const figure = (text: string | undefined) => Number(text?.replace('\u2212', '-'));
    expect(figure(shown(page, 'return'))).toBeCloseTo(so, 1);
    expect(figure(shown(page, 'value'))).toBeCloseTo(recording.plans![7]!.value!, 1);
    // 2 rounds of 40 sequences of 8
    expect(shown(page, 'model-steps')).toBe('640');
    // two players, each with 12 candidates in the picture and in each of three charts: a line and its end
    expect(page.match(/<path style="--rank:/g)).toHaveLength(2 * 4 * 12);
    expect(page.match(/<path class="chosen" d="M/g)).toHaveLength(2);
    // the present and the tip of the plan's path are where the world has its rod's tip, 2.7 m across in 1000 units
    const [cosine, sine] = recording.observations[7];
    const [, x, y] = /class="chosen" d="M([\d.]+) ([\d.]+)C/.exec(page)!.map(Number);
    expect(x).toBeCloseTo(((1.35 - sine) * 1000) / 2.7, -1);
    expect(y).toBeCloseTo(((1.35 - cosine) * 1000) / 2.7, -1);
  });

  test('buttons, keys and switches move the first player alone', async () => {
    // a reader's hands: two steps on, one back, to the end by the keyboard, ten back, and no candidates any more
    const hands = `<script>{
      const player = document.querySelector('.player');
      const find = (name) => player.querySelector('[data-part="' + name + '"]');
      const press = (key, shiftKey) => player.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey }));
      const step = () => find('step').textContent;
      const steps = [step()];
      find('forth').click(); find('forth').click(); steps.push(step());
      find('back').click(); steps.push(step());
      press('End'); steps.push(step());
      press('ArrowLeft', true); steps.push(step());
      find('weighed').click();
      document.title = steps.join(' ');
    }</script>`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('</body>', `${hands}</body>`));
    const page = await opened('#step=7');
    expect(/<title>([^<]*)</.exec(page)?.[1]).toBe('7 9 8 30 20');
    expect(shown(page, 'step')).toBe('20');
    // the second still shows its candidates
    expect(page.match(/<path style="--rank:/g)).toHaveLength(4 * 12);
    expect(page.match(/data-part="step">7</g)).toHaveLength(1);
  });
});
