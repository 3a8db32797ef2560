/** Sinks for people and for programs: a progress line, and a line of JSON for each event. */
import type { Breaches, RunEvent, Sink } from '../events.ts';

/** Where text goes: a part of Node's streams. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalOptions {
  readonly stream: TextStream;
  /** Environment steps in all. */
  readonly steps: number;
  /** Milliseconds, from any moment on. Default: the machine's monotonic clock. */
  readonly now?: () => number;
}

export interface Terminal {
  readonly take: Sink;
  /** Prints a line of its own above the progress line. */
  say(line: string): void;
  /** Leaves the last progress line standing. */
  finish(): void;
}

const REDRAW_MS = 100;
/** Without a terminal that can redraw, progress takes a line each; evaluations are always printed. */
const PLAIN_LINE_MS = 5000;
/** Without one, programs that took longer to compile are told of. */
const TOLD_MS = 2000;
/** Speed is measured over the last so many milliseconds. */
const SPEED_WINDOW_MS = 20_000;
const CLEAR_LINE = '\r\u001b[2K';

/**
 * A line that tells step, return, model loss, speed and time left, drawn again and again; plain lines where the
 * stream is no terminal.
 */
export function terminal({ stream, steps, now = () => performance.now() }: TerminalOptions): Terminal {
  const live = stream.isTTY === true;
  const seen: { step?: number; episode?: string; evaluation?: string; loss?: string; doing?: string } = {};
  const marks: { time: number; step: number }[] = []; // for the speed, oldest first
  let drawn = live ? Number.NEGATIVE_INFINITY : now();
  let lastLine = '';
  let standing = false; // whether a progress line is on the screen

  const line = () => {
    const { step = 0, episode, evaluation, loss, doing } = seen;
    const speed = speedOf(marks);
    const parts = [
      `step ${step}/${steps}`,
      episode,
      evaluation,
      loss,
      speed && `${speed < 10 ? speed.toFixed(1) : speed.toFixed(0)} steps/s`,
      speed && step < steps && `${duration((steps - step) / speed)} left`,
      doing,
    ];
    return parts.filter(Boolean).join('  ');
  };
  const draw = () => {
    drawn = now();
    standing = live;
    const text = line();
    if (live) stream.write(CLEAR_LINE + text.slice(0, Math.max(20, (stream.columns || 80) - 1)));
    else if (text !== lastLine) stream.write(`${text}\n`);
    lastLine = text;
  };

  const say = (text: string) => {
    stream.write(`${standing ? CLEAR_LINE : ''}${text}\n`);
    standing = false;
    if (live && seen.step !== undefined) draw();
  };

  return {
    take(event) {
      const time = now();
      switch (event.type) {
        case 'step':
          seen.step = event.step;
          seen.doing = undefined;
          marks.push({ time, step: event.step });
          while (marks.length > 2 && marks[0].time < time - SPEED_WINDOW_MS) marks.shift();
          break;
        case 'evaluating':
          seen.step = event.step; // a run that goes on may begin with it
          seen.doing = `evaluating ${event.episode}/${event.episodes}`;
          break;
        case 'episode':
          seen.episode = `episode ${event.episode}  return ${figure(event.return)}${broken(event)}`;
          break;
        case 'learn': {
          const [name, value] = Object.entries(event.metrics).find(([key]) => key.endsWith('loss')) ?? [];
          if (name !== undefined && value !== undefined) seen.loss = `${name} ${figure(value)}`;
          break;
        }
        case 'evaluation': {
          const { mean, high } = event;
          seen.evaluation = `evaluation ${figure(mean)}${high === null ? '' : ` ±${figure(high - mean)}`}${broken(event)}`;
          seen.doing = undefined;
          if (!live) draw();
          break;
        }
        case 'compilation': {
          const { program, milliseconds } = event;
          seen.doing = milliseconds === undefined ? `compiling ${program}` : undefined;
          // what follows keeps the thread for seconds
          if (live) draw();
          else if (milliseconds !== undefined && milliseconds >= TOLD_MS)
            say(`Compiled ${program} in ${(milliseconds / 1000).toFixed(1)} s`);
          break;
        }
        case 'warning':
          say(event.message);
          break;
        case 'done':
          draw();
          break;
      }
      if (time - drawn >= (live ? REDRAW_MS : PLAIN_LINE_MS)) draw();
    },
    say,
    finish() {
      if (standing) stream.write('\n');
      standing = false;
    },
  };
}

/** Prints each kept event, checkpoint and warning as one line of JSON; the end is for whoever knows the folder. */
export function jsonLines(stream: TextStream): Sink {
  return (event: RunEvent) => {
    if (isPrinted(event)) stream.write(`${JSON.stringify(event)}\n`);
  };
}

/** How often a world that reports costs had to. */
function broken({ violations }: Breaches): string {
  if (violations === undefined) return '';
  return `, ${figure(violations)} ${violations === 1 ? 'violation' : 'violations'}`;
}

function isPrinted(event: RunEvent): boolean {
  const printed: readonly RunEvent['type'][] = ['episode', 'evaluation', 'learn', 'checkpoint', 'warning'];
  return printed.includes(event.type);
}

/** Steps a second over the marks; undefined while they tell nothing. */
function speedOf(marks: readonly { time: number; step: number }[]): number | undefined {
  const first = marks[0];
  const last = marks.at(-1);
  if (!first || !last || last.time <= first.time) return undefined;
  return ((last.step - first.step) * 1000) / (last.time - first.time);
}

/** Four significant digits, without an exponent where one is not needed. */
function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Seconds as `1:02:03` or `2:03`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
