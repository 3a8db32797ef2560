/** The page's script: plays a film. It is text, to be written into the page, and needs no library. */

/** Functions of their arguments alone: unpacking pictures and turning them into SVG. */
export const drawing = `
// A packed row as the full list of a picture's entries.
function unpack(template, row) {
  let next = 0;
  return template.columns.map((constant) => {
    if (constant !== null) return constant;
    const level = template.levels[next++];
    const value = row[next];
    return level === null ? value : level[0] + value * level[1];
  });
}

// A picture as its view and one piece of SVG for each shape. Pictures have y upwards, SVG has it downwards.
// The view is drawn 1000 wide: browsers draw small letters badly when world units are small.
function draw(template, row) {
  const entries = unpack(template, row);
  const [left, right, bottom, top] = entries;
  const scale = 1000 / (right - left);
  const x = (value) => Math.round((value - left) * scale * 10) / 10;
  const y = (value) => Math.round((top - value) * scale * 10) / 10;
  const size = (value) => Math.round(value * scale * 10) / 10;
  const safe = (text) => text.replace(/[&<>]/g, (sign) => '&#' + sign.charCodeAt(0) + ';');
  let at = 4;
  const points = (count) => {
    const pairs = [];
    for (let i = 0; i < count; i++, at += 2) pairs.push(x(entries[at]) + ' ' + y(entries[at + 1]));
    return pairs.join('L');
  };
  const shapes = template.shapes.map(([kind, count]) => {
    const ink = entries[at++];
    if (kind === 'l') {
      const width = size(entries[at++]);
      return '<path class="stroke ' + ink + '" stroke-width="' + width + '" d="M' + points(count) + '"/>';
    }
    if (kind === 'p') return '<path class="fill ' + ink + '" d="M' + points(count) + 'Z"/>';
    const place = [x(entries[at]), y(entries[at + 1])];
    const extent = size(entries[at + 2]);
    at += 3;
    if (kind === 'd') return '<circle class="fill ' + ink + '" cx="' + place[0] + '" cy="' + place[1] + '" r="' + extent + '"/>';
    return '<text class="fill ' + ink + '" x="' + place[0] + '" y="' + place[1] + '" font-size="' + extent + '">' + safe(entries[at++]) + '</text>';
  });
  return { width: 1000, height: size(top - bottom), shapes };
}

// Where the window of charts begins: the present moves, then the window, then the present again.
function windowStart(moment, moments, width) {
  return Math.max(0, Math.min(moments - 1 - width, moment - width * 0.6));
}
`;

export const playerScript = `(() => {
'use strict';
${drawing}
const source = document.getElementById('film');
if (!source) return;
const film = JSON.parse(source.textContent);
const player = document.getElementById('player');
const find = (name) => player.querySelector('[data-part="' + name + '"]');
const moments = film.returns.length;
const levels = 10000;
const horizon = film.ahead[film.ahead.length - 1] / film.stride;
const wide = Math.max(40, Math.ceil(horizon * 5));
const width = horizon === 0 || moments - 1 <= wide * 1.25 ? Math.max(1, moments - 1) : wide;
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

const stage = find('stage');
const play = find('play');
const scrubber = find('scrubber');
const speed = find('speed');
const charts = film.charts.map((chart, i) => {
  const root = player.querySelectorAll('[data-part="chart"]')[i];
  const part = (name) => root.querySelector('[data-mark="' + name + '"]');
  return {
    ...chart, root, svg: root.querySelector('svg'), value: part('value'), area: part('area'),
    happened: part('happened'), ahead: part('ahead'), hairs: part('hairs'), future: part('future'), now: part('now'), dot: part('dot'),
  };
});

let moment = 0;
let frozenStart = null;
let start = 0;

const path = (points) => (points.length < 2 ? '' : 'M' + points.map(([x, level]) => x + ' ' + (levels - level)).join('L'));
const futureOf = (chart, t) => (chart.imagined[t] || []).map((level, i) => [t + film.ahead[i] / film.stride, level]);
const written = (value) => {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3).replace('-', '\\u2212');
};

function showPicture() {
  const { templates, real, imagined, ahead } = film.pictures;
  const now = draw(templates[real[moment][0]], real[moment]);
  stage.setAttribute('viewBox', '0 0 ' + now.width + ' ' + now.height);
  const present = new Set(now.shapes);
  const scenery = (shape) => /^<\\w+ class="\\w+ (ground|muted|goal)"/.test(shape);
  const futures = (imagined[moment] || []).map((row) =>
    draw(templates[row[0]], row).shapes.filter((shape) => !present.has(shape) && !scenery(shape)));
  // What is imagined lies behind what is; its lines, drawn thin, also before it, or a small lean would be hidden.
  const group = (kind, shapes, i) => {
    const opacity = 0.9 - 0.55 * (i / Math.max(1, ahead.length - 1));
    return '<g class="ghost ' + kind + '" stroke-opacity="' + opacity.toFixed(2) + '">' + shapes.join('') + '</g>';
  };
  const isLine = (shape) => shape.startsWith('<path class="stroke');
  const behind = futures.map((shapes, i) => i === ahead.length - 1
    ? group('end', shapes, i) : group('way', shapes.filter((shape) => !isLine(shape)), i));
  const before = futures.map((shapes, i) => group('way', shapes.filter(isLine), i));
  const first = now.shapes.findIndex((shape) => !scenery(shape));
  const cut = first < 0 ? now.shapes.length : first;
  stage.innerHTML = [...now.shapes.slice(0, cut), ...behind.reverse(), ...now.shapes.slice(cut), ...before.reverse()].join('');
}

function showCharts() {
  start = frozenStart === null ? windowStart(moment, moments, width) : frozenStart;
  const first = Math.max(0, Math.floor(start));
  const last = Math.min(moments - 1, Math.ceil(start + width));
  const span = (list, from, to) => list.slice(from, to + 1).map((level, i) => [from + i, level]);
  const spacing = Math.max(1, Math.round(horizon / 5));
  for (const chart of charts) {
    chart.svg.setAttribute('viewBox', start + ' 0 ' + width + ' ' + levels);
    chart.happened.setAttribute('d', path(span(chart.real, first, moment)));
    chart.ahead.setAttribute('d', path(span(chart.real, moment, last)));
    let hairs = '';
    for (let t = Math.ceil((start - horizon) / spacing) * spacing; t < moment; t += spacing) {
      if (t >= 0) hairs += path(futureOf(chart, t));
    }
    chart.hairs.setAttribute('d', hairs);
    chart.future.setAttribute('d', path(futureOf(chart, moment)));
    chart.now.setAttribute('d', 'M' + moment + ' 0V' + levels);
    chart.dot.style.top = 100 - (100 * chart.real[moment]) / levels + '%';
    chart.value.textContent = written(chart.low + (chart.real[moment] / levels) * (chart.high - chart.low));
  }
  const edge = (place) => Math.round(place * film.stride);
  player.style.setProperty('--now', (100 * (moment - start)) / width + '%');
  for (const chart of charts) {
    chart.root.querySelector('[data-mark="from"]').textContent = edge(start);
    chart.root.querySelector('[data-mark="to"]').textContent = edge(start + width);
  }
}

function show(next) {
  moment = Math.max(0, Math.min(moments - 1, next));
  if (film.pictures) showPicture();
  if (charts.length > 0) showCharts();
  const step = moment * film.stride;
  scrubber.value = moment;
  scrubber.style.setProperty('--done', (100 * moment) / Math.max(1, moments - 1) + '%');
  scrubber.setAttribute('aria-valuetext', 'step ' + step + ' of ' + film.steps);
  find('step').textContent = step;
  find('action').textContent = film.actions[moment] || '\\u2013';
  find('reward').textContent = film.rewards[moment] === null ? '\\u2013' : written(film.rewards[moment]);
  find('return').textContent = written(film.returns[moment]);
}

let playing = false;
let due = 0;
let then = 0;
function tick(time) {
  if (!playing) return;
  // A tab that slept does not catch up.
  due += (Math.min(time - then, 250) / 1000) * Number(speed.value) / film.stride;
  then = time;
  if (due >= 1) {
    if (moment >= moments - 1) {
      // Rests a while on the end, then starts over.
      if (due > 1 + Number(speed.value) / film.stride) { due = 0; show(0); }
    } else {
      const passed = Math.floor(due);
      due -= passed;
      show(moment + passed);
    }
  }
  requestAnimationFrame(tick);
}
function setPlaying(on) {
  if (on === playing) return;
  playing = on;
  player.classList.toggle('playing', on);
  play.setAttribute('aria-label', on ? 'Pause' : 'Play');
  if (!on) return;
  if (moment >= moments - 1) show(0);
  due = 0;
  then = performance.now();
  requestAnimationFrame(tick);
}
function stepBy(count) {
  setPlaying(false);
  show(moment + count);
}

play.addEventListener('click', () => setPlaying(!playing));
find('back').addEventListener('click', () => stepBy(-1));
find('forth').addEventListener('click', () => stepBy(1));
scrubber.addEventListener('input', () => { setPlaying(false); show(Number(scrubber.value)); });
if (film.pictures) stage.addEventListener('click', () => setPlaying(!playing));
player.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === speed) return;
  const onButton = event.target.closest('button');
  const keys = {
    ' ': () => setPlaying(!playing), k: () => setPlaying(!playing),
    ArrowLeft: () => stepBy(event.shiftKey ? -10 : -1), ArrowRight: () => stepBy(event.shiftKey ? 10 : 1),
    Home: () => stepBy(-moments), End: () => stepBy(moments),
  };
  if (!(event.key in keys) || (event.key === ' ' && onButton)) return;
  event.preventDefault();
  keys[event.key]();
});
for (const chart of charts) {
  const seek = (event) => {
    setPlaying(false);
    const box = chart.area.getBoundingClientRect();
    show(Math.round(frozenStart + ((event.clientX - box.left) / box.width) * width));
  };
  chart.area.addEventListener('pointerdown', (event) => {
    frozenStart = start;
    chart.area.setPointerCapture(event.pointerId);
    // A finger may be about to scroll the page: it seeks once it moves sideways.
    if (event.pointerType !== 'touch') seek(event);
  });
  chart.area.addEventListener('pointermove', (event) => { if (frozenStart !== null) seek(event); });
  const release = () => { if (frozenStart !== null) { frozenStart = null; show(moment); } };
  chart.area.addEventListener('pointerup', release);
  chart.area.addEventListener('pointercancel', release);
}

// report.html#step=37 opens paused at that step.
const asked = /^#step=(\\d+)$/.exec(location.hash);
player.classList.add('ready');
if (asked) show(Math.round(Number(asked[1]) / film.stride));
else if (still || !('IntersectionObserver' in window)) show(film.poster);
else {
  show(film.poster);
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    show(0);
    setPlaying(true);
  }, { threshold: 0.6 });
  watcher.observe(find('world') || player);
}
})();
`;
