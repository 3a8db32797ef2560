/** The script of a dream's page: shows truth, dream and difference at one moment. */
import { transport } from './script.ts';

export const dreamScript = `(() => {
'use strict';
${transport}
for (const root of document.querySelectorAll('.dream')) begin(root);

function begin(root) {
const dream = JSON.parse(root.querySelector('script').textContent);
const { panels, context, steps } = dream;
const find = (name) => root.querySelector('[data-part="' + name + '"]');
const marks = [...document.querySelectorAll('[data-now]')].map((mark) => {
  const [from, to] = mark.dataset.now.split(' ').map(Number);
  return { mark, from, to };
});
const scenery = new Set(panels && panels.scenery);

// What is at one moment, drawn from shapes that all moments share.
function showPanels(t) {
  if (panels.kind === 'pixels') {
    for (const part of ['truth', 'dream', 'difference']) find(part).src = panels[part][t];
    return;
  }
  const drawn = (places) => places.map((place) => panels.shapes[place]).join('');
  const moving = (places) => drawn(places.filter((place) => !scenery.has(place)));
  const [real, dreamt] = [panels.truth[t], panels.dream[t]];
  find('truth').innerHTML = drawn(real);
  find('dream').innerHTML = drawn(dreamt);
  find('difference').innerHTML = drawn(real.filter((place) => scenery.has(place)))
    + '<g class="side real">' + moving(real) + '</g><g class="side imagined">' + moving(dreamt) + '</g>';
}

// The figures of the step that led to a moment; of the first moment there are none.
function showFigures(t) {
  const figure = (values) => (t === 0 ? null : values[t - 1] ?? null);
  const tell = (name, value) => { find(name).textContent = value === null ? '' : written(value); };
  find('step').textContent = t;
  find('action').textContent = t === 0 ? '\\u2013' : dream.actions[t - 1];
  tell('reward', figure(dream.rewards));
  tell('dream-reward', figure(dream.dreamRewards));
  tell('discount', figure(dream.discounts));
  tell('dream-discount', figure(dream.dreamDiscounts));
}

function draw(t) {
  const ahead = t - (context - 1);
  root.classList.toggle('awake', ahead <= 0);
  if (panels) {
    showPanels(t);
    const error = t > 0 ? dream.errors[t - 1] : null;
    find('dream-note').textContent = ahead <= 0 ? 'what it makes of what it is shown'
      : ahead + (ahead === 1 ? ' step' : ' steps') + ' ahead';
    find('truth-note').textContent = ahead <= 0 ? 'shown to the model' : 'what came';
    if (typeof error === 'number') find('difference-note').textContent = 'error ' + written(error);
    else find('difference-note').textContent = '';
  }
  showFigures(t);
  for (const { mark, from, to } of marks) {
    const place = (1000 * (t - from)) / (to - from);
    mark.setAttribute('d', place < 0 || place > 1000 ? '' : 'M' + place + ' 0V1000');
  }
}

const { open, setPlaying } = transport(root, { moments: steps + 1, stride: 1, steps, draw });
if (panels) find('panels').addEventListener('click', () => setPlaying());
open(Math.min(steps, context - 1 + 15), find('panels') || root);
}
})();
`;
