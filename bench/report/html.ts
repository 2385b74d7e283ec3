/** Results as one page that needs nothing but itself: no network, no script. */
import { type Block, type Results, WORKLOADS } from '../results.ts';
import { groupBy } from './group.ts';
import { Markup, markup } from './markup.ts';
import { sizedName } from './names.ts';
import { idOf, pageBlocks } from './page-block.ts';
import { pageCodec } from './page-codec.ts';
import { pageHead } from './page-head.ts';
import { pageTargets } from './page-targets.ts';
import { STYLE } from './style.ts';

/** The whole page. */
export function writeHtml(results: Results): string {
  const groups = grouped(results.blocks);
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>hidden-node, benchmark report, ${results.date.slice(0, 10)}, ${results.commit}</title>
<style>${new Markup(STYLE)}</style></head>
<body>${PATTERNS}<main>
${pageHead(results)}
${contents([...groups.keys()], results.codec.length > 0)}
${pageTargets(results)}
${[...groups.values()].map(pageBlocks)}
${pageCodec(results.codec)}
</main></body></html>
`.text;
}

/** What fills areas. In grey print a pattern is told apart where a colour is not. */
const PATTERNS = markup`<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>
<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" x2="0" y1="0" y2="5"/></pattern>
</defs></svg>`;

/** Blocks of one workload and size together, in the order of the workloads. */
function grouped(blocks: readonly Block[]): Map<string, Block[]> {
  const sorted = [...blocks].sort(
    (a, b) => WORKLOADS.indexOf(a.workload) - WORKLOADS.indexOf(b.workload) || a.bytes - b.bytes,
  );
  return groupBy(sorted, ({ workload, bytes }) => sizedName(workload, bytes));
}

function contents(names: readonly string[], codec: boolean): Markup {
  const links = ['Targets', ...names, ...(codec ? ['codec'] : [])];
  return markup`<nav aria-label="Contents">${links.map((name) => markup`<a href="#${idOf(name)}">${name}</a> `)}</nav>`;
}
