/** The file with the counts that others are held against. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Baseline } from './model.ts';

/** From `build/bench/bench/instructions/`, where this is compiled to. */
const FILE = fileURLToPath(new URL('../../../../bench/instructions/baseline.json', import.meta.url));

/** @throws Error when there is none */
export function readBaseline(): Baseline {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Baseline;
}

export function writeBaseline(baseline: Baseline): void {
  writeFileSync(FILE, `${JSON.stringify(baseline, undefined, 2)}\n`);
}
