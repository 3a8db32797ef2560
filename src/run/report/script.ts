/** The page's script: plays films. It is text, to be written into the page, and needs no library. */
import { unpacking } from './packed.ts';

/** Functions of their arguments alone: unpacking pictures and turning them into SVG. */
export const drawing = `${unpacking}
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

// One sequence of packed points, up to where it ends: pairs of numbers.
function pointsAt(xs, ys, sequence, length) {
  const points = [];
  for (let p = 0; p < length; p++) {
    const [x, y] = [numberAt(xs, sequence * length + p), numberAt(ys, sequence * length + p)];
    if (x === null || y === null) break;
    points.push([x, y]);
  }
  return points;
}

// A smooth line through points: each piece leaves and arrives along the line between its neighbours. What lies
// beyond the ends is where a parabola through the last three points goes, or a line through two.
function smooth(points) {
  const last = points.length - 1;
  const beyond = (a, b, c) => a.map((_, i) => (c ? 3 * a[i] - 3 * b[i] + c[i] : 2 * a[i] - b[i]));
  const at = (i) => i < 0 ? beyond(points[0], points[1], points[2])
    : i > last ? beyond(points[last], points[last - 1], points[last - 2]) : points[i];
  const written = (x, y) => Math.round(x * 100) / 100 + ' ' + Math.round(y * 100) / 100;
  let path = 'M' + written(...points[0]);
  for (let i = 0; i < last; i++) {
    const [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    path += 'C' + written(from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6)
      + ' ' + written(to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6) + ' ' + written(...to);
  }
  return path;
}

// The latest fan that was there at a step, or -1.
function fanAt(steps, step) {
  let found = -1;
  while (found + 1 < steps.length && steps[found + 1] <= step) found++;
  return found;
}

// A fan's lines as SVG, the worst first so that the best lies on top; each tells its place in the ranking, and ends in a dot.
function fanLines(lines) {
  return lines.map((points, c) => {
    if (points.length < 2) return '';
    const rank = ' style="--rank:' + Math.round(100 - (100 * c) / Math.max(1, lines.length - 1)) + '%"';
    const end = points[points.length - 1].map((place) => Math.round(place * 100) / 100).join(' ');
    return '<path' + rank + ' d="' + smooth(points) + '"/><path class="end"' + rank + ' d="M' + end + 'h.01"/>';
  }).reverse().join('');
}

// Where the window of charts begins: the present moves, then the window, then the present again.
function windowStart(moment, moments, width) {
  return Math.max(0, Math.min(moments - 1 - width, moment - width * 0.6));
}
`;

/** What moves anything that is shown moment by moment. */
export const transport = `
const written = (value) => {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3).replace('-', '\\u2212');
};

// Buttons, keys and speed of what draw(moment) shows, a moment being so many steps (stride).
// elsewhere: a control of its own, whose keys are left to it.
function transport(root, { moments, stride, steps, draw, elsewhere }) {
const find = (name) => root.querySelector('[data-part="' + name + '"]');
const play = find('play');
const scrubber = find('scrubber');
const speed = find('speed');

let moment = 0;
function show(next) {
  moment = Math.max(0, Math.min(moments - 1, next));
  draw(moment);
  scrubber.value = moment;
  scrubber.style.setProperty('--done', (100 * moment) / Math.max(1, moments - 1) + '%');
  scrubber.setAttribute('aria-valuetext', 'step ' + moment * stride + ' of ' + steps);
}

let playing = false;
let due = 0;
let then = 0;
function tick(time) {
  if (!playing) return;
  // A tab that slept does not catch up.
  due += (Math.min(time - then, 250) / 1000) * Number(speed.value) / stride;
  then = time;
  if (due >= 1) {
    if (moment >= moments - 1) {
      // Rests a while on the end, then starts over.
      if (due > 1 + Number(speed.value) / stride) { due = 0; show(0); }
    } else {
      const passed = Math.floor(due);
      due -= passed;
      show(moment + passed);
    }
  }
  requestAnimationFrame(tick);
}
function setPlaying(on = !playing) {
  if (on === playing) return;
  playing = on;
  root.classList.toggle('playing', on);
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

play.addEventListener('click', () => setPlaying());
find('back').addEventListener('click', () => stepBy(-1));
find('forth').addEventListener('click', () => stepBy(1));
scrubber.addEventListener('input', () => { setPlaying(false); show(Number(scrubber.value)); });
root.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === speed || event.target === elsewhere) return;
  const onButton = event.target.closest('button');
  const keys = {
    ' ': () => setPlaying(), k: () => setPlaying(),
    ArrowLeft: () => stepBy(event.shiftKey ? -10 : -1), ArrowRight: () => stepBy(event.shiftKey ? 10 : 1),
    Home: () => stepBy(-moments), End: () => stepBy(moments),
  };
  if (!(event.key in keys) || (event.key === ' ' && onButton)) return;
  event.preventDefault();
  keys[event.key]();
});

// Shows the poster, and plays once it is watched; report.html#step=37 opens paused at that step.
function open(poster, watched) {
  const asked = /^#step=(\\d+)$/.exec(location.hash);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (asked) return show(Math.round(Number(asked[1]) / stride));
  show(poster);
  if (still || !('IntersectionObserver' in window)) return;
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    show(0);
    setPlaying(true);
  }, { threshold: 0.6 });
  watcher.observe(watched);
}
return { show, setPlaying, open };
}
`;

export const playerScript = `(() => {
'use strict';
${drawing}
${transport}
for (const player of document.querySelectorAll('.player')) begin(player);

function begin(player) {
const film = JSON.parse(player.querySelector('script').textContent);
const find = (name) => player.querySelector('[data-part="' + name + '"]');
const moments = film.returns.length;
const levels = 10000;
const horizon = film.ahead[film.ahead.length - 1] / film.stride;
const wide = Math.max(40, Math.ceil(horizon * 5));
const width = horizon === 0 || moments - 1 <= wide * 1.25 ? Math.max(1, moments - 1) : wide;

const stage = find('stage');
const weighed = find('weighed');
const charts = film.charts.map((chart, i) => {
  const root = player.querySelectorAll('[data-part="chart"]')[i];
  const part = (name) => root.querySelector('[data-mark="' + name + '"]');
  return {
    ...chart, root, svg: root.querySelector('svg'), value: part('value'), area: part('area'),
    happened: part('happened'), ahead: part('ahead'), hairs: part('hairs'), fan: part('fan'), future: part('future'), now: part('now'), dot: part('dot'),
  };
});

let moment = 0;
let frozenStart = null;
let start = 0;

const path = (points) => (points.length < 2 ? '' : 'M' + points.map(([x, level]) => x + ' ' + (levels - level)).join('L'));
const futureOf = (chart, t) => film.ahead.flatMap((h, p) => {
  const level = numberAt(chart.imagined, t * film.ahead.length + p);
  return level === null ? [] : [[t + h / film.stride, level]];
});
// The points of each candidate that the latest fan shows, by a function of its place among all sequences.
function candidates(pointsOf) {
  if (!film.fans || (weighed && !weighed.checked)) return [];
  const { steps, count, returns } = film.fans;
  const n = fanAt(steps, moment * film.stride);
  return n < 0 ? [] : returns[n].map((_, c) => pointsOf(n * count + c, steps[n]));
}

// Paths as they lie in the picture of the present, whose view may follow the action.
function pathsOver([left, right, bottom, top]) {
  const scale = 1000 / (right - left);
  const placed = (points) => points.map(([x, y]) => [(x - left) * scale, (top - y) * scale]);
  const { paths } = film.pictures;
  const packed = film.fans && film.fans.paths;
  const fan = packed ? candidates((k) => placed(pointsAt(packed.x, packed.y, k, film.fans.ahead.length))) : [];
  const chosen = paths ? placed(pointsAt(paths.x, paths.y, moment, film.ahead.length)) : [];
  return '<g class="fan">' + fanLines(fan) + '</g>'
    + (chosen.length > 1 ? '<path class="chosen" d="' + smooth(chosen) + '"/>' : '');
}

function showPicture() {
  const { templates, real, imagined, ahead } = film.pictures;
  const view = unpack(templates[real[moment][0]], real[moment]).slice(0, 4);
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
  stage.innerHTML = [...now.shapes.slice(0, cut), ...behind.reverse(), ...now.shapes.slice(cut), pathsOver(view), ...before.reverse()].join('');
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
    const packed = film.fans && film.fans.charts[charts.indexOf(chart)];
    chart.fan.innerHTML = !packed ? '' : fanLines(candidates((k, from) => film.fans.ahead.flatMap((h, p) => {
      const level = numberAt(packed, k * film.fans.ahead.length + p);
      return level === null ? [] : [[(from + h) / film.stride, levels - level]];
    })));
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

function showMoment(next) {
  moment = next;
  if (film.pictures) showPicture();
  if (charts.length > 0) showCharts();
  const step = moment * film.stride;
  find('step').textContent = step;
  find('action').textContent = film.actions[moment] || '\\u2013';
  find('reward').textContent = film.rewards[moment] === null ? '\\u2013' : written(film.rewards[moment]);
  find('return').textContent = written(film.returns[moment]);
  if (film.plans) showPlan(film.plans[moment]);
}

function showPlan(plan) {
  find('value').textContent = plan && plan[0] !== null ? written(plan[0]) : '\\u2013';
  find('model-steps').textContent = plan ? plan[1].toLocaleString('en') : '\\u2013';
  if (!film.fans) return;
  const n = fanAt(film.fans.steps, moment * film.stride);
  const returns = n < 0 ? [] : film.fans.returns[n];
  find('range').textContent = returns.length === 0 ? ''
    : 'weighed ' + written(returns[returns.length - 1]) + ' to ' + written(returns[0]);
}

const { show, setPlaying, open } = transport(player, {
  moments, stride: film.stride, steps: film.steps, draw: showMoment, elsewhere: weighed,
});
if (weighed) weighed.addEventListener('change', () => show(moment));
if (film.pictures) stage.addEventListener('click', () => setPlaying());
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

player.classList.add('ready');
open(film.poster, find('world') || player);
}
})();
`;
