/**
 * Counts the instructions of encode and decode and holds them against the baseline: `npm run test:instructions`. With `-- --update`
 * it makes a new baseline in place of that. Where there is no valgrind it is skipped, except when CI=true.
 */
import { parseArgs } from 'node:util';
import { renderText } from '../report/table.ts';
import { readBaseline, writeBaseline } from './baseline.ts';
import { compare } from './compare.ts';
import { countInstructions, valgrindVersion } from './count.ts';
import type { Baseline } from './model.ts';
import { countTable, failures, slack, UPDATE } from './report.ts';

function count(valgrind: string): Baseline {
  return { node: process.version, arch: process.arch, valgrind, counts: countInstructions() };
}

/** Returns the exit code. */
function check(valgrind: string): number {
  const baseline = readBaseline();
  const now = count(valgrind);
  const compared = compare(baseline, now);
  console.log(renderText(countTable(now, baseline, compared)));
  for (const line of slack(compared)) console.log(`note: ${line}`);
  const lines = failures(compared);
  for (const line of lines) console.log(`FAILED: ${line}`);
  if (lines.length > 0) console.log(`If it has to be so, make a new baseline and commit it: ${UPDATE}`);
  else console.log(`Nothing takes over ${compared.limit * 100} % more instructions than the baseline.`);
  return lines.length > 0 ? 1 : 0;
}

function update(valgrind: string): number {
  const baseline = count(valgrind);
  writeBaseline(baseline);
  console.log(renderText(countTable(baseline)));
  console.log('This is the new baseline: bench/instructions/baseline.json');
  return 0;
}

/** Without valgrind nothing can be counted. */
function skip(): number {
  const required = process.env.CI === 'true';
  console.log(`${required ? 'FAILED' : 'skipped'}: instruction counts of encode and decode, for want of valgrind`);
  return required ? 1 : 0;
}

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
const valgrind = valgrindVersion();
if (valgrind === undefined) process.exitCode = skip();
else process.exitCode = values.update ? update(valgrind) : check(valgrind);
