/** Who takes part, and how each is started. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROGRAMS, type Programs, type Start } from './build.ts';
import { Contestant } from './contestant.ts';
import type { Peer } from './peer.ts';

const LIBRARY = fileURLToPath(new URL('contestants/hidden-node.js', import.meta.url));

/** Those whose sockets have two ends that can be tuned. */
export const BEAMS: readonly string[] = ['beam'];

function library(program: string, ...more: string[]): Start {
  return (...names) => ({ command: process.execPath, args: [program, ...names, ...more] });
}

/**
 * Starts everybody, in the order in which they are shown.
 *
 * @param chosen - labels; undefined: all that can be had
 * @param against - another checkout of the library
 * @param log - is told who is missing, and why
 */
export async function startContestants(
  programs: Programs,
  peer: Peer,
  { contestants: chosen, against }: { contestants: readonly string[] | undefined; against: string | undefined },
  log: (text: string) => void,
): Promise<Contestant[]> {
  const starts: [label: string, start: Start][] = [
    ['hidden-node', library(LIBRARY)],
    ['node-net', library(LIBRARY, 'net')],
  ];
  if (against !== undefined) {
    starts.push(['against', library(join(against, 'build/bench/bench/contestants/hidden-node.js'))]);
  }
  for (const name of PROGRAMS) {
    const start = programs.start[name];
    if (start !== undefined) starts.push([name, start]);
    else log(`without ${name}: ${programs.missing[name]}\n`);
  }
  const unknown = chosen?.find((label) => !starts.some(([each]) => each === label));
  if (unknown !== undefined) throw new Error(`there is no contestant ${unknown}`);
  const started: Contestant[] = [];
  try {
    for (const [label, start] of starts) {
      if (chosen !== undefined && label !== 'against' && !chosen.includes(label)) continue;
      const node = `${label.replace('-', '_')}@127.0.0.1`;
      started.push(await Contestant.start({ label, node, ...start(node, peer.name, peer.cookie) }, peer.environment));
    }
    return started;
  } catch (error) {
    await Promise.all(started.map((contestant) => contestant.stop()));
    throw error;
  }
}
