/**
 * The benchmark suite: measures the library beside others that do the same, in turn in one run, and says which targets are met.
 *
 *   npm run bench -- w1 w2 --rounds 7 --json results.json --html results.html
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Arguments, readArguments, USAGE } from './arguments.ts';
import { buildPeers } from './build.ts';
import { measureCodecs } from './codec/measure.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { saveResults, writeHtml, writeMarkdown, writeTable } from './report/index.ts';
import type { Results } from './results.ts';
import { runSuite } from './suite.ts';

/** Where contestants that are not Node.js are compiled to. */
const PROGRAMS = fileURLToPath(new URL('../../bench-peers', import.meta.url));

const log = (text: string): void => void process.stderr.write(text);

async function measure(chosen: Arguments): Promise<Results> {
  const run =
    chosen.workloads.length === 0 ? { blocks: [], otp: 'not used' } : await runSuite(chosen, buildPeers(PROGRAMS), log);
  const codec = chosen.codec ? await measureCodecs(chosen.rounds, (line) => log(`${line}\n`)) : [];
  return {
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine: describeMachine(run.otp),
    rounds: chosen.rounds,
    blocks: run.blocks,
    codec,
  };
}

async function main(args: readonly string[]): Promise<void> {
  const chosen = readArguments(args);
  if (chosen.help) return console.log(USAGE);
  const results = await measure(chosen);
  if (chosen.json !== undefined) saveResults(chosen.json, results);
  if (chosen.html !== undefined) writeFileSync(chosen.html, writeHtml(results));
  if (chosen.markdown !== undefined) writeFileSync(chosen.markdown, writeMarkdown(results));
  console.log(writeTable(results));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
