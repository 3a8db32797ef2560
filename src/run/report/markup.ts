/** Markup: HTML and SVG written as templates whose holes are escaped, so that no text can become an element. */
import { NumericalError } from '../../core/errors.ts';

/** Text that is already HTML or SVG. */
export interface Markup {
  readonly markup: string;
}

/** What may stand in a hole of a template. Nothing is written for undefined and false. */
export type Content = Markup | string | number | undefined | false | readonly Content[];

/**
 * A template: text and numbers in its holes are escaped, markup and lists of markup go in as they are.
 * @throws NumericalError where a number is NaN or infinite: a picture of it would be a lie
 */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { markup: parts.reduce((text, part, i) => text + write(contents[i - 1]) + part) };
}

/** Takes text as markup, unescaped: for text of our own only. */
export function trusted(markup: string): Markup {
  return { markup };
}

/** Data for a script element of type application/json: no text in it can end the element. */
export function json(data: unknown): Markup {
  return { markup: JSON.stringify(data).replaceAll('<', '\\u003c') };
}

function write(content: Content): string {
  if (content === undefined || content === false) return '';
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') {
    if (!Number.isFinite(content)) {
      throw new NumericalError(`report: every number on the page must be finite, got ${content}.`);
    }
    return String(content);
  }
  if ('markup' in content) return content.markup;
  return content.map(write).join('');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
