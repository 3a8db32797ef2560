/** The animation: one self-contained page that plays episodes, and nothing else. */
import type { Recording } from '../events.ts';
import { html } from './markup.ts';
import { renderPage } from './page.ts';
import { renderPlayer } from './player.ts';
import { written } from './scale.ts';

export interface AnimationData {
  /** Who plays what, as "icem on pendulum". */
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  readonly version: string;
  readonly episodes: readonly { readonly recording: Recording; readonly return: number }[];
  /** Of the observation's elements, the unit in brackets: "pole angle (rad)". */
  readonly observationNames?: readonly string[];
}

/** The page as HTML. @throws NumericalError where a recording holds NaN or an infinity */
export function renderAnimation({
  title,
  summary,
  version,
  episodes,
  observationNames: names,
}: AnimationData): string {
  return renderPage(
    title,
    version,
    html`<header>
<h1>${title}</h1>
<p class="summary">${summary}</p>
</header>
${episodes.map(({ recording, return: total }, i) => {
  const steps = recording.actions.length;
  return renderPlayer(recording, {
    names,
    title: `Episode ${i + 1}`,
    episode: `${written(steps)} ${steps === 1 ? 'decision' : 'decisions'}, return ${written(total)}`,
  });
})}`,
  );
}
