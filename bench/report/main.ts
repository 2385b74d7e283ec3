/**
 * Shows results that were kept in a file: the tables, and with `--html` or `--markdown` the page or the table of targets.
 *
 *   node build/bench/bench/report/main.js RESULTS.json [--html FILE] [--markdown FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadResults, writeHtml, writeMarkdown, writeTable } from './index.ts';

const USAGE = 'node build/bench/bench/report/main.js RESULTS.json [--html FILE] [--markdown FILE]';

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { html: { type: 'string' }, markdown: { type: 'string' } },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Error(`usage: ${USAGE}`);
  const results = loadResults(file);
  console.log(writeTable(results));
  if (values.html !== undefined) writeFileSync(values.html, writeHtml(results));
  if (values.markdown !== undefined) writeFileSync(values.markdown, `${writeMarkdown(results)}\n`);
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
