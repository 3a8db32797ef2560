/** The page's style sheet: one column, quiet rules, blue for what is real and orange for what is imagined. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fcfcfa; --panel: #f3f4f2; --rule: #e2e4e1; --strong-rule: #c4c9c6;
  --text: #171b20; --soft: #59626b;
  --real: #1f64b3; --imagined: #c65a00; --quiet: #6a7581; --reference: #59626b;
  --body: #2a3440; --accent: #1f64b3; --ground: #8d979f; --muted: #ccd2d4; --goal: #24875a;
  --sans: -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151a; --panel: #1a1f26; --rule: #2a3039; --strong-rule: #46505c;
    --text: #eceff2; --soft: #a0a9b4;
    --real: #6eb0f7; --imagined: #ff9d47; --quiet: #8894a1; --reference: #a0a9b4;
    --body: #d3dae2; --accent: #6eb0f7; --ground: #76818d; --muted: #3a434e; --goal: #58c694;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 var(--sans); font-variant-numeric: tabular-nums;
}
main { max-width: 60rem; margin: 0 auto; padding: 3.5rem 2rem 5rem; }
h1, h2, h3, p, dl, dd, figure { margin: 0; }
.real { color: var(--real); } .imagined { color: var(--imagined); } .quiet { color: var(--quiet); }
b { font-weight: 600; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

header .kind { color: var(--soft); font-size: .875rem; }
h1 { font-size: clamp(2rem, 6vw, 3.25rem); line-height: 1.08; font-weight: 700; letter-spacing: -.03em; margin: .35rem 0 .75rem; overflow-wrap: anywhere; }
header .summary { font-size: 1.1875rem; line-height: 1.5; color: var(--soft); max-width: 42rem; }
.outcome { margin-top: .6rem; max-width: 42rem; }

.numbers { display: grid; grid-template-columns: repeat(6, 1fr); gap: 1.75rem 1.5rem; margin-top: 2.25rem; }
.numbers > div { grid-column: span 2; border-top: 1px solid var(--strong-rule); padding-top: .75rem; }
.numbers > .small { grid-column: span 1; }
.numbers > .episodes { grid-column: span 2; }
.numbers dt { color: var(--soft); font-size: .8125rem; }
.numbers dd { font-size: 1.5rem; line-height: 1.3; font-weight: 600; letter-spacing: -.015em; }
.numbers dd small { display: block; font-size: .8125rem; font-weight: 400; letter-spacing: 0; color: var(--soft); }
.numbers .first dd { font-size: 2.75rem; line-height: 1.1; letter-spacing: -.03em; color: var(--real); }
.numbers .first dd small { margin-top: .3rem; }
.numbers .first { grid-row: span 2; }
.gauge { display: block; position: relative; height: 4px; margin: 1.35rem 6px 0 0; border-radius: 2px; background: var(--rule); }
.gauge span { position: absolute; top: 0; height: 4px; border-radius: 2px; background: var(--real); }
.gauge .run { opacity: .45; } .gauge .spread { top: -2px; height: 8px; opacity: .35; }
.gauge .point { top: -4px; width: 12px; height: 12px; margin-left: -6px; border-radius: 50%; box-shadow: 0 0 0 2px var(--page); }
.ends { display: flex; justify-content: space-between; font-size: .75rem; line-height: 1rem; font-weight: 400; letter-spacing: 0; color: var(--soft); margin-top: .6rem; }

section { margin-top: 4rem; }
h2 { font-size: 1.625rem; line-height: 1.2; letter-spacing: -.02em; font-weight: 650; }
.lead { color: var(--soft); margin-top: .4rem; max-width: 42rem; }
.note, .empty { color: var(--soft); font-size: .875rem; margin-top: 1rem; }

.show { margin-top: 1.5rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem 2rem; }
.world { background: var(--panel); border-radius: 12px; overflow: hidden; display: flex; justify-content: center; padding: 1rem; }
.world svg { display: block; width: 100%; max-height: 22rem; cursor: pointer; overflow: hidden; }
.world .stroke { fill: none; stroke: currentColor; stroke-linecap: round; stroke-linejoin: round; }
.world .fill { fill: currentColor; stroke: none; }
.world text { text-anchor: middle; dominant-baseline: central; font-family: var(--sans); }
.world .body { color: var(--body); } .world .accent { color: var(--accent); } .world .ground { color: var(--ground); }
.world .muted { color: var(--muted); } .world .goal { color: var(--goal); } .world .imagined { color: var(--imagined); }
.ghost .stroke, .ghost .fill { color: var(--imagined); stroke: currentColor; vector-effect: non-scaling-stroke; }
.ghost.way .stroke { stroke-width: 1.75px; } .ghost.way .fill { fill: none; stroke-width: 1px; opacity: .7; }
.ghost.end .stroke { vector-effect: none; stroke-opacity: .28; }
.ghost.end .fill { fill-opacity: .2; stroke-opacity: .55; stroke-width: 1px; }
.fan path { fill: none; stroke: var(--imagined); stroke: color-mix(in oklab, var(--imagined) var(--rank), var(--quiet)); stroke-width: 1.25; stroke-opacity: .7; stroke-linecap: round; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.fan path.end { stroke-width: 6; stroke-opacity: .9; }
.area .fan path { stroke-width: 1; stroke-opacity: .65; } .area .fan path.end { stroke-width: 3; }
.chosen { fill: none; stroke: var(--imagined); stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.weighed { display: flex; gap: .5rem; align-items: baseline; color: var(--soft); font-size: .8125rem; cursor: pointer; }
.weighed input { accent-color: var(--imagined); margin: 0; transform: translateY(1px); }
.ramp { display: inline-block; width: 3rem; height: 3px; border-radius: 2px; vertical-align: middle; background: linear-gradient(to right, var(--quiet), var(--imagined)); }

.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem; margin: 1.5rem 0 1.25rem; cursor: pointer; }
.panels figcaption { display: flex; align-items: baseline; gap: .5rem; font-size: .9375rem; margin-bottom: .4rem; white-space: nowrap; overflow: hidden; }
.panels small { font-size: .8125rem; color: var(--soft); overflow: hidden; text-overflow: ellipsis; }
.panels .world { padding: .5rem; border: 2px solid transparent; }
.dream:not(.awake) .panels figure:nth-child(2) .world { border-color: var(--imagined); }
.world img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px; }
.world .side { opacity: .62; } .world .side.real * { color: var(--real); } .world .side.imagined * { color: var(--imagined); }
.dream:focus { outline: none; }
.area path.context { fill: var(--quiet); opacity: .13; } .now { stroke: var(--strong-rule); stroke-width: 1.5; }
.dream-charts.pair { gap: 0 3rem; } .dream-charts.pair > :not(:first-child) { margin-top: 2.5rem; } .dream-charts.pair > :nth-last-child(3) { grid-column: 1 / -1; }
.dream-charts.elements { display: grid; grid-template-columns: 1fr 1fr; gap: 2rem 3rem; margin-top: 1.5rem; }
.elements h3 { font-size: 1rem; letter-spacing: 0; } .elements .plot { margin-top: 0; } .elements .y-label:empty { display: none; }
.filmstrip table { table-layout: fixed; min-width: 44rem; margin-top: 1.25rem; }
.filmstrip th, .filmstrip td { border: 0; padding: 0 .5rem .5rem 0; vertical-align: middle; font-size: .8125rem; color: var(--soft); }
.filmstrip th[scope="row"], .filmstrip thead td { width: 5.5rem; } .filmstrip .world { padding: .25rem; border-radius: 8px; }
.filmstrip .errors td { color: var(--text); } .filmstrip .world svg { cursor: auto; }

.controls { display: grid; grid-template-columns: minmax(0, 1fr); gap: .75rem; align-content: start; }
.transport { display: flex; align-items: center; gap: .4rem; }
.transport button {
  flex: none; width: 2.25rem; height: 2.25rem; padding: 0; border: 0; border-radius: 50%; background: none;
  color: var(--text); cursor: pointer; display: grid; place-items: center;
}
.transport button:hover { background: var(--panel); }
.transport button svg { width: 1.25rem; height: 1.25rem; fill: currentColor; }
.transport .play, .transport .play:hover { background: var(--text); color: var(--page); width: 2.75rem; height: 2.75rem; }
.to-pause, .playing .to-play { display: none; } .playing .to-pause { display: inline; }
.transport input { flex: 1; min-width: 0; margin: 0 .6rem; height: 2.25rem; appearance: none; -webkit-appearance: none; background: none; cursor: pointer; }
.transport input::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(to right, var(--text) var(--done, 0%), var(--rule) 0); }
.transport input::-moz-range-track { height: 4px; border-radius: 2px; background: var(--rule); }
.transport input::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--text); }
.transport input::-webkit-slider-thumb { -webkit-appearance: none; width: 16px; height: 16px; margin-top: -6px; border-radius: 50%; background: var(--text); }
.transport input::-moz-range-thumb { width: 16px; height: 16px; border: 0; border-radius: 50%; background: var(--text); }
.speed select {
  font: inherit; font-size: .875rem; color: var(--text); background: var(--page);
  border: 1px solid var(--strong-rule); border-radius: 8px; padding: .35rem .4rem;
}
.readout { display: grid; grid-template-columns: repeat(4, 1fr); gap: .25rem 1.5rem; }
.readout.planned { grid-template-columns: repeat(3, 1fr); }
.readout dt { color: var(--soft); font-size: .75rem; }
.readout dd { font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.readout small { font-weight: 400; color: var(--soft); font-size: 1em; }
.readout .range { display: block; font-size: .75rem; line-height: 1rem; min-height: 1rem; }
.keys { color: var(--soft); font-size: .8125rem; }
kbd { font: inherit; font-size: .75rem; border: 1px solid var(--strong-rule); border-radius: 4px; padding: 0 .3rem; }
.player:focus { outline: none; }
:focus-visible { outline: 2px solid var(--real); outline-offset: 2px; }

.strips { display: grid; grid-template-columns: 1fr 1fr; gap: 1.75rem 2.5rem; margin-top: .5rem; }
.strip-head { display: flex; align-items: baseline; gap: .4rem; font-size: .875rem; font-weight: 600; margin-bottom: .35rem; }
.strip-head small { font-weight: 400; font-size: 1em; color: var(--soft); }
.strip-head output { margin-left: auto; color: var(--real); }
.strip .area { height: 110px; margin: 0 0 1.25rem 2.75rem; cursor: ew-resize; touch-action: pan-y; }
.dot { position: absolute; left: var(--now); width: 9px; height: 9px; margin: -4.5px; border-radius: 50%; background: var(--real); pointer-events: none; }
.strip .now { stroke: var(--strong-rule); }
.now-label { position: absolute; top: calc(100% + 4px); left: var(--now); transform: translateX(-50%); background: var(--page); padding: 0 .4rem; z-index: 1; }
.strip .from { left: 0; transform: none; } .strip .to { left: auto; right: 0; transform: none; }

.chart { margin-top: 0; }
h3 { font-size: 1.25rem; line-height: 1.25; letter-spacing: -.015em; font-weight: 650; }
.curve h3 { font-size: 1.625rem; letter-spacing: -.02em; }
figcaption p { color: var(--soft); font-size: .9375rem; margin-top: .35rem; max-width: 42rem; }
.plot { margin-top: 1.25rem; }
.plot .area { margin: .5rem 0 0 2.75rem; }
.plot.with-ends .area { margin-right: 4.75rem; }
.curve .plot.with-ends .area { margin-right: 3.5rem; }
.plot + .plot { margin-top: 1.5rem; }
.area { position: relative; }
.area > svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.strip .area > svg { overflow: hidden; }
.area path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
.grid { stroke: var(--rule); stroke-width: 1; }
.line { stroke: currentColor; stroke-width: 1.75; } .line.strong { stroke-width: 2.5; }
.line.bar { stroke-width: 1.25; opacity: .7; }
.line.reference { color: var(--reference); stroke-width: 1.25; stroke-dasharray: 5 5; stroke-linecap: butt !important; }
.line.later { opacity: .38; } .line.hairs { stroke-width: 1; opacity: .38; }
.dots { stroke: currentColor; stroke-width: 5.5; } .dots.quiet { stroke-width: 5; opacity: .75; }
.area path.band { fill: currentColor; opacity: .16; }
.y-label, .x-label, .y-tick, .x-tick, .line-label, .now-label { font-size: .75rem; line-height: 1rem; color: var(--soft); }
.x-label { text-align: right; margin-top: 1.6rem; }
.plot.with-ends .x-label { margin-right: 4.75rem; } .curve .plot.with-ends .x-label { margin-right: 3.5rem; }
.y-tick, .x-tick, .line-label, .end-label { position: absolute; white-space: nowrap; pointer-events: none; }
.y-tick { right: calc(100% + .6rem); transform: translateY(-50%); }
.x-tick { top: calc(100% + 6px); transform: translateX(-50%); }
.strip .x-tick { top: calc(100% + 4px); }
.line-label { transform: translateY(calc(-100% - 3px)); text-shadow: 0 0 3px var(--page), 0 0 3px var(--page), 0 0 3px var(--page); }
.line-label.below { transform: translateY(3px); } .line-label.left { left: .25rem; } .line-label.right { right: .25rem; }
.end-label { left: calc(100% + .7rem); transform: translateY(-50%); font-size: .8125rem; line-height: 1rem; font-weight: 600; }
.end-label.reference { font-weight: 400; color: var(--soft); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 3rem; }
.pair figure { display: grid; grid-row: span 2; grid-template-rows: subgrid; }
.pair > :only-child { grid-column: 1 / -1; }

details { margin-top: 1.5rem; } summary { cursor: pointer; color: var(--soft); font-size: .875rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
caption { text-align: left; }
th, td { text-align: left; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; font-weight: 400; }
thead th { color: var(--soft); font-size: .8125rem; }
.figures td, .figures th { text-align: right; } .figures { width: auto; margin-top: .75rem; }
.figures th, .figures td { padding: .3rem 2rem .3rem 0; }
.options { columns: 2; column-gap: 3rem; margin-top: 1.25rem; }
.options table { break-inside: avoid; margin-bottom: 1.75rem; table-layout: fixed; }
.options caption { font-weight: 600; padding-bottom: .3rem; border-bottom: 1px solid var(--strong-rule); }
.options th { font-family: var(--mono); font-size: .8125rem; overflow-wrap: anywhere; }
.options td { font-family: var(--mono); font-size: .8125rem; text-align: right; padding-right: 0; color: var(--soft); overflow-wrap: anywhere; }
pre {
  margin: 1rem 0 0; padding: 1rem 1.25rem; background: var(--panel); border-radius: 12px; overflow-x: auto;
  font: .9375rem/1.5 var(--mono); user-select: all; -webkit-user-select: all;
}
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .8125rem; }

@media (min-width: 52rem) {
  .upright .show { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .upright .world { grid-column: 1; grid-row: 1; align-self: start; }
  .upright .controls { grid-column: 1; grid-row: 2; }
  .upright .strips { grid-column: 2; grid-row: 1 / span 2; grid-template-columns: 1fr; align-content: start; margin-top: 0; }
  .upright .readout, .upright .readout.planned { grid-template-columns: repeat(2, 1fr); }
}
@media (max-width: 46rem) {
  main { padding: 2rem 1.125rem 3rem; }
  section { margin-top: 3rem; }
  .numbers { gap: 1.25rem 1rem; margin-top: 1.75rem; }
  .numbers > div { grid-column: span 3; }
  .numbers > .small { grid-column: span 2; }
  .numbers > .first { grid-column: 1 / -1; grid-row: auto; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .strips, .pair, .dream-charts.elements { grid-template-columns: minmax(0, 1fr); }
  .panels { gap: .4rem; } .panels small { display: none; } .panels .world { padding: .15rem; }
  .strips { gap: 1.25rem; } .pair figure + figure { margin-top: 3rem; }
  .transport { flex-wrap: wrap; } .transport input { order: 1; flex: 1 0 100%; margin: 0; } .speed { margin-left: auto; }
  .readout, .readout.planned { grid-template-columns: repeat(2, 1fr); }
  .options { columns: 1; }
  .world { padding: .5rem; border-radius: 10px; }
  .keys { display: none; }
  h2, .curve h3 { font-size: 1.375rem; }
}
@media (prefers-contrast: more) { :root { --soft: var(--text); --quiet: var(--text); } }
@media print { .controls .transport, .keys { display: none; } }
`;
