/**
 * Counts the instructions of encode and decode and holds them against the baseline: `npm run test:instructions`, and with
 * `-- --update` it makes a new baseline in place of that. Where there is no valgrind it is skipped, except when CI=true.
 */
import { parseArgs } from 'node:util';
import { renderText } from '../report/table.ts';
import { compare, type Origin, readBaseline, writeBaseline } from './baseline.ts';
import { countInstructions, valgrindVersion } from './count.ts';
import { countTable, failures, slack, UPDATE } from './report.ts';

/** Returns the exit code. */
function check(origin: Origin): number {
  const baseline = readBaseline();
  const counts = countInstructions();
  const compared = compare(baseline, origin, counts);
  console.log(renderText(countTable(counts, origin, baseline, compared)));
  for (const line of slack(compared)) console.log(`note: ${line}`);
  const lines = failures(compared);
  for (const line of lines) console.log(`FAILED: ${line}`);
  if (lines.length > 0) console.log(`If it must be so, make a new baseline and commit it: ${UPDATE}`);
  else console.log(`Nothing takes more than ${compared.limit * 100} % more instructions than the baseline.`);
  return lines.length > 0 ? 1 : 0;
}

function update(origin: Origin): number {
  const counts = countInstructions();
  writeBaseline(origin, counts);
  console.log(renderText(countTable(counts, origin)));
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
const origin = { node: process.version, arch: process.arch, valgrind: valgrind ?? '' };
if (valgrind === undefined) process.exitCode = skip();
else process.exitCode = values.update ? update(origin) : check(origin);
