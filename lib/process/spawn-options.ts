/**
 * With which options another node may ask for a process here: those of Erlang. A link and a monitor are made; the others say how the process
 * should be scheduled and how its memory should grow, which has no meaning here.
 * Erlang documentation: `erlang:spawn_opt/5`.
 */
import { type Atom, atom } from '../term/atom.ts';
import type { Term } from '../term/term.ts';
import { Tuple } from '../term/tuple.ts';

const LINK = atom('link');
const MONITOR = atom('monitor');

/** What is wanted of a process beside what it runs. */
export interface SpawnOptions {
  link: boolean;
  monitor: boolean;
}

function isCount(value: Term): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isOneOf(...names: string[]): (value: Term) => boolean {
  const atoms: readonly Term[] = names.map(atom);
  return (value) => atoms.includes(value);
}

const TUNING: ReadonlyMap<Atom, (value: Term) => boolean> = new Map([
  [atom('priority'), isOneOf('low', 'normal', 'high', 'max')],
  [atom('message_queue_data'), isOneOf('on_heap', 'off_heap')],
  [atom('async_dist'), (value: Term) => typeof value === 'boolean'],
  [atom('max_heap_size'), (value: Term) => isCount(value) || value instanceof Map],
  [atom('min_heap_size'), isCount],
  [atom('min_bin_vheap_size'), isCount],
  [atom('fullsweep_after'), isCount],
  [atom('scheduler'), isCount],
]);

/** Reads the options of a request. Undefined: they are no list, or one of them is unknown. */
export function spawnOptions(options: Term): SpawnOptions | undefined {
  if (!Array.isArray(options)) return undefined;
  const wanted = { link: false, monitor: false };
  for (const option of options) {
    const [name, value] = option instanceof Tuple && option.length === 2 ? (option.elements as Term[]) : [option];
    if (name === LINK) wanted.link = true;
    else if (name === MONITOR) wanted.monitor = true;
    else if (!TUNING.get(name as Atom)?.(value)) return undefined;
  }
  return wanted;
}
