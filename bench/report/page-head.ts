/** The head of the page: what it is, what all targets come to, where and how it was measured, and how to read it. */
import type { Results } from '../results.ts';
import { evaluate, ROUNDS_NEEDED, type Verdict } from '../targets.ts';
import { dateText, plural, ratio } from './format.ts';
import { type Markup, markup } from './markup.ts';
import { aboutContestant, contestantLabel, contestantsOf, metricText } from './names.ts';
import { boundText, conditionText, tally, targetName, verdictText } from './target-table.ts';

export function pageHead(results: Results): Markup {
  return markup`<header>
<p class="kicker">Benchmark report</p>
<h1>How fast is hidden-node?</h1>
<p class="lead">A Node.js process exchanges messages with an Erlang node, beside an Erlang node in its place, plain C programs, and a program that does nothing but move bytes.</p>
</header>
${summary(results)}
${circumstances(results)}`;
}

function summary(results: Results): Markup {
  const verdicts = evaluate(results);
  const must = tally(verdicts, 'must');
  const reach = tally(verdicts, 'reach');
  return markup`<section class="summary" aria-label="Summary">
${score(must, 'targets met', 'what a release must reach')}
${score(reach, 'goals reached', 'what it strives for')}
<div class="misses">${misses(verdicts)}${
    results.rounds < ROUNDS_NEEDED
      ? markup`<p>Only ${plural(results.rounds, 'round')}: fewer than the ${ROUNDS_NEEDED} that targets need.</p>`
      : undefined
  }</div></section>`;
}

function score(count: ReturnType<typeof tally>, what: string, about: string): Markup {
  const unknown = count.unknown === 0 ? '' : `, ${count.unknown} not measured`;
  return markup`<p class="score"><b>${count.met}<span> of ${count.all}</span></b><strong>${what}</strong><small>${about}${unknown}</small></p>`;
}

function misses(verdicts: readonly Verdict[]): Markup {
  const missed = verdicts.filter(({ must }) => must?.outcome === 'missed');
  if (missed.length === 0) return markup`<p>No target that was measured is missed.</p>`;
  const items = missed.map((verdict) => {
    const { target, measured } = verdict;
    return markup`<li><b>${targetName(verdict)}, ${conditionText(verdict)}</b>: ${metricText(target)} is ${ratio(measured?.median)}, must be ${boundText(target, target.must)}, ${verdictText(verdict)}</li>`;
  });
  return markup`<ul>${items}</ul>`;
}

function circumstances({ command, date, commit, machine, rounds, blocks }: Results): Markup {
  const facts = [['date', dateText(date)], ['commit', commit], ['rounds', String(rounds)], ...Object.entries(machine)];
  const names = [...new Set(blocks.flatMap(contestantsOf))];
  const known = names.flatMap((name) => {
    const about = aboutContestant(name);
    return about === undefined ? [] : [markup`<dt>${contestantLabel(name)}</dt><dd>${about}</dd>`];
  });
  return markup`<section class="about">
<div><h2>Where</h2><dl class="facts">${facts.map(([name, value]) => markup`<dt>${name!}</dt><dd>${value!}</dd>`)}</dl>
<p class="command"><code>${command}</code></p></div>
<div><h2>Who</h2><dl>${known}</dl></div>
<div><h2>How to read it</h2>
<p>One Erlang node, the <b>peer</b>, is what everybody is measured against, one after the other, in every round. The <b>default</b> peer is as it comes; for the <b>tuned</b> one, two options of the socket were set: it collects what it sends, and reads 64 KiB at a time.</p>
<p>Each <b>dot</b> is one round, the first at the top. The <b>stroke</b> is their median, the pale <b>box</b> reaches from quartile to quartile. <b>Ratios</b> are made within each round, because absolute figures drift from round to round. What is <b>hatched</b> falls short of the target.</p></div>
</section>`;
}
