/** How the page looks: on a wide and on a narrow screen, in the dark, and on A4. */

const COLOURS = `
:root { color-scheme: light dark;
  --paper: #fdfcf9; --ink: #22262b; --muted: #666d75; --rule: #dcdad3; --faint: #ebe9e3;
  --accent: #0d5a78; --soft: #0d5a7826; --grey: #7d838a; --grey-soft: #7d838a26; --miss: #a8381d; --hatch: #c9c4b8; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #15181b; --ink: #e6e4df; --muted: #9ba1a8; --rule: #363b41; --faint: #25292e;
  --accent: #74c3e0; --soft: #74c3e030; --grey: #8d949b; --grey-soft: #8d949b30; --miss: #f2967b; --hatch: #454b52; } }`;

const PAGE = `
* { box-sizing: border-box; }
html { font: 16px/1.5 Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "Liberation Serif", serif; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; }
main { max-width: 1080px; margin: 0 auto; padding: 3.5rem 1.5rem 5rem; }
.patterns { position: absolute; }
p { margin: 0 0 .7rem; }
h1 { font-size: 2.6rem; line-height: 1.1; font-weight: 600; letter-spacing: -.01em; margin: 0 0 .8rem; }
h2 { font-size: 1.5rem; line-height: 1.2; font-weight: 600; margin: 0 0 .6rem; }
h2 span { color: var(--accent); margin-right: .35em; }
h3, figcaption, table, .caption, .kicker, nav, dl, .score small, .score strong, .command, svg { font-family: Inter, "Helvetica Neue", "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
h3 { font-size: .95rem; margin: 0 0 .35rem; font-weight: 600; }
h3 small { color: var(--muted); font-weight: 400; font-size: .85rem; margin-left: .3em; }
.kicker { color: var(--accent); font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; font-weight: 600; margin-bottom: .6rem; }
.lead { font-size: 1.2rem; line-height: 1.45; max-width: 42em; color: var(--muted); margin-bottom: 2rem; }
.text, .finding { max-width: 44em; }
.finding { margin-bottom: 1.6rem; }
.finding span { display: block; }
section { margin-top: 4rem; }
code { font: .82rem/1.5 "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
nav { margin: 2.5rem 0 0; padding: .6rem 0; border-block: 1px solid var(--rule); font-size: .85rem; display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }`;

const HEAD = `
.summary { margin-top: 0; display: grid; grid-template-columns: auto auto 1fr; gap: 1rem 3rem; align-items: start; padding: 1.4rem 0; border-block: 1px solid var(--rule); }
.score { margin: 0; }
.score b { display: block; font-size: 3rem; line-height: 1; font-weight: 600; color: var(--accent); font-variant-numeric: lining-nums; white-space: nowrap; }
.score b span { font-size: 1.3rem; color: var(--muted); font-weight: 400; }
.score strong { display: block; font-size: .9rem; margin-top: .45rem; }
.score small { color: var(--muted); font-size: .8rem; }
.misses { font-size: .95rem; }
.misses ul { margin: 0; padding: 0; list-style: none; }
.misses li { padding-left: 1.2em; text-indent: -1.2em; margin-bottom: .25rem; }
.misses li::before { content: "✗"; display: inline-block; width: 1.2em; text-indent: 0; color: var(--miss); }
.misses p { margin: 0; }
.about { margin-top: 2.2rem; display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr)); gap: 1.5rem 3rem; }
.about h2 { font-size: 1.1rem; }
.about p { font-size: .95rem; }
dl { margin: 0; font-size: .84rem; line-height: 1.45; }
dt { font-weight: 600; }
dd { margin: 0 0 .35rem; color: var(--muted); overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: auto 1fr; gap: .15rem .9rem; }
.facts dd { margin: 0; }
.command { margin: .8rem 0 0; }
.codecs { columns: 2; column-gap: 3rem; margin-bottom: 1.8rem; }
.codecs dd { break-before: avoid; }`;

const PLOTS = `
.measure { margin-bottom: 1.5rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr)); gap: 1rem 3rem; }
figure { margin: 0; max-width: 540px; }
figcaption { font-size: .8rem; color: var(--muted); border-bottom: 1px solid var(--rule); padding-bottom: .15rem; margin-bottom: .2rem; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font-size: 12.5px; fill: var(--ink); font-variant-numeric: tabular-nums; }
svg .tick { text-anchor: middle; fill: var(--muted); font-size: 11px; }
svg .value { text-anchor: end; }
svg .note { text-anchor: end; fill: var(--muted); font-size: 11px; }
svg .head { fill: var(--muted); font-size: 11px; }
svg text.strong { font-weight: 700; fill: var(--accent); }
svg .line { stroke: var(--faint); }
svg .reference { stroke: var(--muted); }
svg .base { stroke: var(--muted); }
.row { fill: var(--grey); stroke: none; }
.row.strong { fill: var(--accent); }
.row.missed { fill: var(--miss); }
.row circle { fill-opacity: .55; }
.row .box { fill-opacity: .16; }
.row .median { stroke: var(--grey); stroke-width: 2.5; }
.row.strong .median { stroke: var(--accent); }
.row.missed .median { stroke: var(--miss); }
.bar .main { fill: var(--grey); }
.bar.strong .main { fill: var(--accent); }
.bar .other { fill: var(--grey-soft); stroke: var(--grey); stroke-width: .6; }
.bar.strong .other { fill: var(--soft); stroke: var(--accent); }
.bar .peer { fill: var(--grey-soft); stroke: var(--grey); stroke-width: .6; }
.broken { fill: none; stroke: var(--paper); stroke-width: 2.5; }
.short { fill: url(#hatch); }
.hatch { stroke: var(--hatch); stroke-width: 2; }
.bound { stroke: var(--muted); stroke-width: 1; }
.goal { stroke: var(--muted); stroke-dasharray: 1.5 2; }`;

const TABLES = `
.wide { overflow-x: auto; margin-top: .3rem; }
table { border-collapse: collapse; font-size: .8rem; line-height: 1.3; font-variant-numeric: tabular-nums lining-nums; width: 100%; }
.caption { margin: 1.4rem 0 0; font-size: .8rem; font-weight: 600; }
.caption small { display: block; font-weight: 400; color: var(--muted); }
th, td { padding: .24rem .5rem; font-weight: 400; white-space: nowrap; vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.left { text-align: left; }
.right { text-align: right; }
thead th { color: var(--muted); font-size: .75rem; }
thead { border-bottom: 1px solid var(--muted); }
tbody { border-bottom: 1px solid var(--rule); }
.groups th { padding-bottom: 0; text-align: right; }
.groups th span { display: block; border-bottom: 1px solid var(--rule); color: var(--ink); }
tr.strong > * { font-weight: 700; color: var(--accent); }
.targets tbody th { font-weight: 600; }
td.strip { padding-block: 0; vertical-align: middle; }
th.strip span { display: inline-block; width: 50%; text-align: right; padding-right: .6em; }
th.strip span + span { text-align: left; padding: 0 0 0 .6em; }
.targets .measured { font-weight: 700; }
svg.strip { display: block; overflow: visible; }
.row path { stroke: none; }
.mark { display: inline-block; width: 1em; font-weight: 700; }
.mark.met { color: var(--accent); }
.mark.missed { color: var(--miss); }`;

const NARROW = `
@media (max-width: 700px) {
  main { padding: 2rem 1rem 3rem; }
  h1 { font-size: 2rem; }
  .lead { font-size: 1.05rem; }
  .summary { grid-template-columns: 1fr 1fr; gap: 1rem; }
  .misses { grid-column: 1 / -1; }
  .codecs { columns: 1; }
  .targets, .targets tbody { display: block; }
  .targets thead, .targets .quartiles { display: none; }
  .targets tbody { padding: .5rem 0; }
  .targets tr { display: grid; grid-template-columns: 4.8rem 4.8rem 1fr auto; gap: 0 .6rem; padding: .4rem 0; align-items: center; }
  .targets tr > * { padding: 0; text-align: left; }
  .targets tr > th { grid-area: 1 / 1 / 2 / 5; font-size: .9rem; }
  .targets tr > th:empty { display: none; }
  .targets .what { grid-area: 2 / 1 / 3 / 4; }
  .targets .measured { grid-area: 2 / 4 / 3 / 5; text-align: right; }
  .targets .at { grid-area: 3 / 1 / 4 / 4; color: var(--muted); }
  .targets .strip { grid-area: 3 / 4 / 4 / 5; }
  .targets .must { grid-area: 4 / 1; color: var(--muted); }
  .targets .reach { grid-area: 4 / 2; color: var(--muted); }
  .targets .must:empty + .reach { grid-area: 4 / 1; }
  .targets .must:not(:empty)::before { content: "must "; }
  .targets .reach:not(:empty)::before { content: "goal "; }
  .targets .verdict { grid-area: 4 / 3 / 5 / 5; text-align: right; }
}`;

const PRINT = `
@page { size: A4; margin: 15mm 14mm; }
@media print {
  :root { --paper: #fff; --ink: #000; --muted: #4a4f55; --rule: #c4c4c4; --faint: #e2e2e2; --accent: #0a4a63; --soft: #0a4a6326; --grey: #7d838a; --grey-soft: #7d838a26; --miss: #8f2a12; --hatch: #c4c4c4; }
  html { font-size: 11.5px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { margin-top: 2rem; }
  .block, #codec, #targets { break-before: page; margin-top: 0; }
  .measure, .wide, figure, tbody { break-inside: avoid; }
  #codec .wide { break-inside: auto; }
  h2, h3, figcaption, .caption { break-after: avoid; }
  .pair { grid-template-columns: 1fr 1fr; gap: .8rem 2rem; }
  .wide { overflow: visible; }
  table { font-size: 9.4px; }
  thead th { font-size: 9px; }
  th, td { padding: .16rem .32rem; }
  svg.strip { width: 130px; height: 14px; }
  a { color: inherit; }
}`;

/** The style sheet. */
export const STYLE = [COLOURS, PAGE, HEAD, PLOTS, TABLES, NARROW, PRINT].join('\n');
