/** The targets of the page: a line for each, with a strip that shows how far from its bound it is. */
import type { Results } from '../results.ts';
import { higherIsBetter } from '../statistics.ts';
import { evaluate, type Verdict } from '../targets.ts';
import { NONE, range, ratio } from './format.ts';
import { groupBy } from './group.ts';
import { type Markup, markup } from './markup.ts';
import { metricText } from './names.ts';
import { strip } from './plot/strip.ts';
import { boundText, conditionText, targetName, targetNote, verdictText } from './target-table.ts';

export function pageTargets(results: Results): Markup {
  const verdicts = evaluate(results);
  const groups = groupBy(verdicts, targetName);
  return markup`<section id="targets"><h2>Targets</h2>
<p class="text">Medians of ratios within one round, or µs of CPU time per message. In each strip the line in the middle is the bound: what is right of it is better, what is hatched falls short. The left end is half as good as the bound, the right end twice as good, and an arrow is farther still. The dotted line is the goal.</p>
<p class="caption" id="targets-note">${targetNote(results, verdicts)}</p>
<div class="wide"><table class="targets" aria-labelledby="targets-note">
<thead><tr><th scope="col" class="left">workload</th><th scope="col" class="left">at</th><th scope="col" class="left">what</th><th scope="col" class="right">must</th><th scope="col" class="right">goal</th><th scope="col" class="right">measured</th><th scope="col" class="right quartiles">quartiles</th><th scope="col" class="strip"><span>short</span><span>better</span></th><th scope="col" class="left">verdict</th></tr></thead>
${[...groups].map(([name, list]) => markup`<tbody>${list.map((verdict, i) => line(verdict, i === 0 ? name : ''))}</tbody>`)}
</table></div></section>`;
}

function line(verdict: Verdict, name: string): Markup {
  const { target, measured } = verdict;
  const bound = (kind: 'must' | 'reach') => markup`<td class="right ${kind}">${boundText(target, target[kind])}</td>`;
  return markup`<tr><th scope="row" class="left">${name}</th><td class="left at">${conditionText(verdict)}</td><td class="left what">${metricText(target)}</td>
${bound('must')}${bound('reach')}<td class="right measured">${ratio(measured?.median)}</td>
<td class="right quartiles">${measured ? range(ratio(measured.lower), ratio(measured.upper)) : NONE}</td><td class="strip">${picture(verdict)}</td><td class="left verdict">${mark(verdict)} ${verdictText(verdict)}</td></tr>
`;
}

function picture({ target, measured, must, reach }: Verdict): Markup | undefined {
  const bound = target.must ?? target.reach;
  if (measured === undefined || bound === undefined) return undefined;
  return strip({
    measured,
    bound,
    reach: target.reach,
    higherIsBetter: higherIsBetter(target.metric),
    outcome: must?.outcome ?? (reach?.outcome === 'met' ? 'met' : undefined),
  });
}

/** A sign that is told apart without colour. */
function mark({ must, reach }: Verdict): Markup {
  const outcome = (must ?? reach)?.outcome;
  if (outcome === 'not measured') return markup`<span class="mark">·</span>`;
  if (outcome === 'met') return markup`<span class="mark met">✓</span>`;
  return must ? markup`<span class="mark missed">✗</span>` : markup`<span class="mark">○</span>`;
}
