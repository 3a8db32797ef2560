/** Page: what every page has, whatever it tells. Styles and script are inside, nothing is fetched. */
import { type Content, html, trusted } from './markup.ts';
import { playerScript } from './script.ts';
import { style } from './style.ts';

/** A whole page as HTML, ready to be written into a file. @param script default: what plays films */
export function renderPage(title: string, version: string, content: Content, script = playerScript): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="Forethought ${version}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
<main>
${content}
<footer>Made by Forethought ${version}.</footer>
</main>
<script>${trusted(script)}</script>
</body>
</html>
`;
  return page.markup;
}
