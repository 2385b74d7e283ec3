/** The table of the targets, and its verdicts in words. */
import type { Results } from '../results.ts';
import { higherIsBetter } from '../statistics.ts';
import { evaluate, ROUNDS_NEEDED, type Target, type Verdict } from '../targets.ts';
import { fixed, NONE, percent, plural, range, ratio } from './format.ts';
import { metricText, peerName, sizedName } from './names.ts';
import type { Table } from './table-model.ts';

/** All targets with what was measured. */
export function targetTable(results: Results): Table {
  const verdicts = evaluate(results);
  return {
    title: 'Targets',
    note: targetNote(results, verdicts),
    columns: [
      { head: 'workload', align: 'left' },
      { head: 'at', align: 'left' },
      { head: 'what', align: 'left' },
      { head: 'must', align: 'right' },
      { head: 'goal', align: 'right' },
      { head: 'measured', align: 'right' },
      { head: 'quartiles', align: 'right' },
      { head: 'verdict', align: 'left' },
    ],
    rows: verdicts.map((verdict, i) => ({
      cells: targetCells(verdict),
      ruled: i > 0 && targetName(verdict) !== targetName(verdicts[i - 1]!),
    })),
  };
}

function targetCells(verdict: Verdict): string[] {
  const { target, measured } = verdict;
  return [
    targetName(verdict),
    conditionText(verdict),
    metricText(target),
    boundText(target, target.must),
    boundText(target, target.reach),
    ratio(measured?.median),
    measured ? range(ratio(measured.lower), ratio(measured.upper)) : '',
    verdictText(verdict),
  ];
}

/** The workload with its size, as far as the target has one. */
export function targetName({ target }: Verdict): string {
  return sizedName(target.workload, target.bytes);
}

/** Which peer; of the codec, the term that did worst. */
export function conditionText({ target, term }: Verdict): string {
  return target.peer === undefined ? (term ?? 'worst term') : peerName(target.peer);
}

/** `≥ 0.90`; nothing for no bound. */
export function boundText({ metric }: Target, bound: number | undefined): string {
  return bound === undefined ? '' : `${higherIsBetter(metric) ? '≥' : '≤'} ${fixed(bound, 2)}`;
}

/** What became of both bounds, in words. */
export function verdictText({ must, reach }: Verdict): string {
  const words = [];
  if (must) words.push(must.outcome === 'missed' ? `missed by ${percent(must.missedBy ?? 0)}` : must.outcome);
  if (reach?.outcome === 'met') words.push('goal reached');
  if (reach?.outcome === 'missed' && must?.outcome !== 'missed')
    words.push(`${percent(reach.missedBy ?? 0)} short of the goal`);
  if (!must && reach?.outcome === 'not measured') words.push(reach.outcome);
  return words.join(', ') || NONE;
}

/** How many of the bounds of one kind came to each outcome. */
export function tally(verdicts: readonly Verdict[], kind: 'must' | 'reach') {
  const outcomes = verdicts.flatMap((verdict) => verdict[kind]?.outcome ?? []);
  const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
  return { all: outcomes.length, met: count('met'), missed: count('missed'), unknown: count('not measured') };
}

/** What all verdicts come to, in a few sentences. */
export function targetNote(results: Results, verdicts: readonly Verdict[]): string {
  const must = tally(verdicts, 'must');
  const reach = tally(verdicts, 'reach');
  const few =
    results.rounds < ROUNDS_NEEDED ? ` Only ${plural(results.rounds, 'round')}: targets need ${ROUNDS_NEEDED}.` : '';
  return (
    `Must: ${must.met} of ${must.all} met, ${must.missed} missed, ${must.unknown} not measured. ` +
    `Goals: ${reach.met} of ${reach.all} reached, ${reach.unknown} not measured.${few}`
  );
}
